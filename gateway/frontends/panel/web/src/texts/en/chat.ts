/** What one says to the gateway, and what it answers. */
export const chat = {
  chat: {
    title: "Chat",
    lead: "Questions, orders and rules in plain English. The gateway understands them by itself; what it is not sure of, it asks.",
    label: "Say something",
    placeholder: "What's the temp in the bathroom?",
    send: "Send",
    again: "Send it again",
    waiting: "…",
    log: "What was said",
    you: "You",
    examples: "For example",
    sayings: [
      "How are my plants?",
      "What's the temp in the bathroom?",
      "Open the bedroom window to 40 percent",
      "Why did the bedroom window open?",
      "Turn on the bathroom fan for 20 minutes",
      "If humidity in the bathroom is above 70 % for 10 minutes, run the fan for 20 minutes, but not at night",
    ],
    proposal: "Waits for your answer",
    yes: "Yes",
    no: "No",
    confirm: "Confirm",
    drop: "Drop",
    over: "This is not open any more.",
    assistant: "from the assistant",
    assistantHint: "The gateway did not understand the sentence; a language model proposes this. Nothing happens before you say yes.",
    corrected: (pairs: string) => `Read as: ${pairs}`,
    course: "Its course",
    all: "The whole conversation",
    clear: "Clear",
    rule: "The rule, as the gateway would keep it",
    history: (n: number) =>
      n === 0
        ? "On what was measured in the last 30 days it would never have fired."
        : `On what was measured in the last 30 days it would have fired ${n === 1 ? "once" : `${n} times`}.`,
    noHistory: "There is no history to try it on.",
    conflicts: "At odds with",
    problems: "Wrong with it",
    warnings: "Perhaps not meant",
  },
};
