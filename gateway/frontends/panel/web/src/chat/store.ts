import { useSyncExternalStore } from "react";
import { say, type Reply, type Saying } from "../api/chat";
import { messageOf } from "../api/message";
import { serverNow } from "../clock";
import { live } from "../live/hooks";

/** What became of an order, told later. */
export interface FollowUp {
  text: string;
  done: boolean;
}

/** A sentence and everything that came of it. */
export interface Exchange {
  id: string;
  text: string;
  atMs: number;
  /** null: not answered yet. */
  reply: Reply | null;
  /** Why there is no answer, in words. */
  error: string | null;
  news: readonly FollowUp[];
  /** Its proposal was answered. */
  settled: boolean;
}

const MOST = 200;

let exchanges: readonly Exchange[] = [];
const said = new Map<string, Saying>();
const listeners = new Set<() => void>();
let stop: (() => void) | null = null;

function show(changed: readonly Exchange[]): void {
  exchanges = changed.slice(-MOST);
  listeners.forEach((listener) => listener());
}

function change(id: string, changes: Partial<Exchange>): void {
  show(exchanges.map((each) => (each.id === id ? { ...each, ...changes } : each)));
}

function hear(): void {
  stop ??= live.onMessage((message) => {
    if (message.type !== "followup") return;
    const about = exchanges.find(({ id }) => id === message.said);
    if (about) change(about.id, { news: [...about.news, { text: message.text, done: message.done }] });
  });
}

/** `shown`: what the person sees of it, when it is a button. */
export async function speak(text: string, choice = "", shown = text): Promise<void> {
  hear();
  const id = newId();
  const saying = choice ? { text, id, choice } : { text, id };
  said.set(id, saying);
  const answered = choice.split(":")[1];
  show([
    ...exchanges.map((each) => (answered && each.reply?.proposal?.id === answered ? { ...each, settled: true } : each)),
    { id, text: shown, atMs: serverNow(), reply: null, error: null, news: [], settled: false },
  ]);
  await send(id);
}

/** Once more, under the same id: nothing is done twice. */
export async function speakAgain(id: string): Promise<void> {
  change(id, { error: null });
  await send(id);
}

export function clearTalk(): void {
  said.clear();
  show([]);
}

async function send(id: string): Promise<void> {
  const saying = said.get(id);
  if (!saying) return;
  try {
    const reply = await say(saying);
    said.delete(id);
    change(id, { reply });
  } catch (error) {
    change(id, { error: messageOf(error) });
  }
}

function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return `say-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** All of this page's conversation, oldest first. */
export function useTalk(): readonly Exchange[] {
  return useSyncExternalStore(subscribe, () => exchanges);
}
