/** What is said to the gateway, and its answers, in the page's words. */

import { api, type ChatShown } from "./generated";

export type { ChatShown as Reply, ProposalShown as Proposal, RuleReadBack } from "./generated";

export interface Saying {
  text: string;
  /** Said again with the same id it does nothing twice. */
  id: string;
  /** `yes:<proposal>`, `no:<proposal>`, `pick:<proposal>:<n>`. */
  choice?: string;
}

export function say(saying: Saying): Promise<ChatShown> {
  return api.postChat(saying);
}
