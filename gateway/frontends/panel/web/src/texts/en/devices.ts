/** The list, and letting devices in. */
export const devices = {
  devices: {
    title: "Devices",
    count: (n: number) => (n === 1 ? "1 device" : `${n} devices`),
    unassigned: "Unassigned devices",
    unassignedLead: "They are kept and shown. Open one to say which plant, room or machine it measures.",
    noValues: "No readings yet",
    emptyTitle: "No devices yet",
    emptyLead: "A device joins once: it asks to register and gets its own name, password and certificate. Two ways to let it in:",
    loading: "Waiting for the gateway…",
    sparkline: (metric: string) => `${metric}, last 15 minutes`,
  },

  pending: {
    title: "Waiting for your approval",
    lead: "Approve only what you have just switched on yourself. Compare the address with the one on the device.",
    known:
      "This device is known and asks for new credentials. Approving replaces the ones it has; refusing ends its access.",
    asked: (age: string) => `asked ${age}`,
    approve: "Approve",
    refuse: "Refuse",
    approveName: (name: string) => `Approve ${name}`,
    refuseName: (name: string) => `Refuse ${name}`,
  },

  add: {
    title: "Add a device",
    pairingTitle: "Let it ask, then approve",
    pairingLead: "Open pairing, switch the device on, and approve it here. Pairing closes by itself.",
    pairingOpen: (minutes: number) => `Open pairing for ${minutes} minutes`,
    pairingClose: "Close pairing",
    pairingLeft: (left: string) => `Pairing is open for ${left}`,
    tokenTitle: "With a one-time token",
    tokenLead: "A token is your consent in advance: the device that shows it is let in at once.",
    tokenCreate: "Create a token",
    tokenAnother: "Create another token",
    tokenOnce: "Shown once. It works for one device and for a few minutes.",
    commandTitle: "Try it from a terminal",
    copy: "Copy",
    copied: "Copied",
    copyToken: "Copy the token",
    copyCommand: "Copy the command",
    pairingAnswer: "Without a token the answer is a claim; the device appears under Devices for you to approve.",
    tokenAnswer: "The answer holds the device's MQTT name, password and the certificate to trust.",
  },
};
