import type { Draft } from "../api/rules";
import type { t } from "../texts";

/** Rules to start from; names of places and devices are to be replaced by one's own. */
export const templates: readonly { id: keyof typeof t.rules.templates; draft: Draft }[] = [
  {
    id: "damp",
    draft: {
      name: "Bathroom fan",
      when: { kind: "value", asset: "bathroom", metric: "humidity", operator: ">", value: 70 },
      for_s: 600,
      hysteresis: 5,
      if: { kind: "not", of: { kind: "time", from: "22:00", to: "06:00" } },
      then: [{ kind: "command", asset: "bathroom-fan", verb: "turn_on", for_s: 1200 }],
      catch_up: "late",
    },
  },
  {
    id: "frost",
    draft: {
      name: "Frost warning",
      when: { kind: "value", asset: "outdoors", metric: "temperature", operator: "<", value: 2 },
      for_s: 900,
      hysteresis: 1,
      cooldown_s: 43200,
      then: [{ kind: "notify", text: "{name}: {value} °C outside", level: "warning" }],
    },
  },
  {
    id: "night",
    draft: {
      name: "Ventilation at night",
      when: { kind: "time", at: "22:00" },
      then: [
        { kind: "command", asset: "ventilation", verb: "set_speed", args: { speed: 40 } },
        {
          kind: "timer",
          timer: "morning",
          after_s: 28800,
          then: [{ kind: "command", asset: "ventilation", verb: "set_speed", args: { speed: 100 } }],
        },
      ],
    },
  },
  {
    id: "sunset",
    draft: {
      name: "Shut at sunset",
      when: { kind: "sun", event: "sunset", offset_s: 1800 },
      if: { kind: "compare", asset: "outdoors", metric: "temperature", operator: "<", value: 12 },
      then: [{ kind: "window", asset: "living-room", position: 0, for_s: 28800 }],
    },
  },
  {
    id: "silent",
    draft: {
      name: "Heater silent",
      when: { kind: "device", device: "water-heater", status: "offline" },
      for_s: 600,
      then: [{ kind: "notify", text: "The water heater has not been heard for 10 minutes", level: "alarm" }],
    },
  },
];
