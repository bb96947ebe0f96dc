import type { Kind } from "../../format/kind";

/** Values: what they are, how old, and what is wrong with them. */
export const values = {
  kind: {
    window: "Window",
    plant: "Plant",
    heater: "Water heater",
    pump: "Pump",
    fan: "Fan",
    weather: "Weather",
    climate: "Climate",
    node: "Node",
  } satisfies Record<Kind, string>,

  metric: {
    temperature: "Temperature",
    humidity: "Humidity",
    soil_moisture: "Soil moisture",
    light_level: "Light",
    sound_level: "Sound level",
    pressure: "Pressure",
    co2: "CO₂",
    rain: "Rain",
    wind: "Wind",
    power: "Power",
    energy: "Energy",
    flow: "Flow",
    current: "Current",
    vibration: "Vibration",
    position: "Opening",
    battery: "Battery",
  } as Record<string, string>,

  /** What can be wrong with a value: in a word, and what it means. */
  quality: {
    out_of_range: { word: "impossible", means: "No sensor of this kind can measure this, so it counts for nothing." },
    jump: { word: "jump", means: "Nothing can change so fast, so this value counts for nothing." },
    stuck: { word: "stuck", means: "The same value for longer than a living sensor gives it." },
    drift: { word: "drifting", means: "It wanders away from what this sensor used to show, slowly and one way." },
    ghost: { word: "ghost", means: "It arrives but is not measured: an old message repeated, or a device that is gone." },
    stale: { word: "stale", means: "Nothing new has come for several times the usual pause." },
    time: { word: "time not sure yet", means: "The gateway did not know the time yet; it moves to its place by itself." },
  } as Record<string, { word: string; means: string }>,
  measured: (when: string) => `Measured ${when}.`,
  normal: "This is normal here",
  normalHint: "The gateway no longer takes this for a fault of this series.",
  qualityMark: (metric: string, words: string) => `${metric}: ${words}`,

  age: {
    now: "just now",
    seconds: (n: number) => `${n} s ago`,
    minutes: (n: number) => `${n} min ago`,
    hours: (n: number) => `${n} h ago`,
    days: (n: number) => (n === 1 ? "1 day ago" : `${n} days ago`),
    silent: (age: string) => `silent, last seen ${age}`,
    seen: (age: string) => `seen ${age}`,
    never: "never seen",
  },

  span: {
    seconds: (n: number) => `${n} s`,
    minutes: (n: number) => `${n} min`,
    hours: (h: number, min: number) => (min ? `${h} h ${min} min` : `${h} h`),
    days: (n: number) => `${n} days`,
  },
};
