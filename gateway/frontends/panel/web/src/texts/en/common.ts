import type { Status } from "../../api/types";

/** What stands on every page. */
export const common = {
  language: "en",
  product: "Edge gateway",

  nav: {
    devices: "Devices",
    places: "Places",
    plants: "Plants",
    decisions: "Decisions",
    rules: "Rules",
    anomalies: "Anomalies",
    anomaliesOpen: (n: number) => `Anomalies, ${n} open`,
    chat: "Chat",
    alerts: "Alerts",
    alertsOpen: (n: number) => `Alerts, ${n} open`,
    events: "Events",
    system: "System",
    add: "Add a device",
    addShort: "Add",
    signOut: "Sign out",
    main: "Main",
  },

  simulated: "SIMULATED",
  simulatedShort: "SIM",
  simulatedHint: "This comes from a simulated node, not from a real sensor.",
  demo: "Demonstration: every device marked SIMULATED is made up. Nothing real is measured or moved.",

  status: {
    online: "online",
    offline: "offline",
    provisioning: "provisioning",
    error: "error",
  } satisfies Record<Status, string>,
  revoked: "access revoked",
  flapping: "flapping",

  link: {
    connecting: "Connecting…",
    open: "Live",
    lost: "Connection lost",
    banner: "The connection to the gateway is lost. What you see may be old; it catches up by itself.",
    retry: "Try now",
  },

  errors: {
    unreachable: "The gateway does not answer. Check that it is running and that you are on its network.",
    unknown: "Something went wrong.",
    reload: "Try again",
    crashed: "This page ran into an error.",
  },
};
