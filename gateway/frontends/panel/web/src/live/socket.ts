import type { LiveMessage } from "../api/types";
import { refreshSession } from "../session/store";
import type { LiveStore } from "./store";

const CHANNELS = "devices,readings,events,commands,shadows,places,plants,decisions,models,anomalies,rules,alerts,chat";
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
/** A connection can die without a word (sleep, Wi-Fi): after this silence, ask whether the gateway is there. */
const SILENCE_MS = 45_000;
const PROBE_MS = 5_000;

/** Keeps one live connection: reconnects with growing pauses and resumes where it was. */
export class LiveSocket {
  private socket: WebSocket | null = null;
  private waitMs = FIRST_WAIT_MS;
  private retry = 0;
  private heardMs = 0;
  private watchdog = 0;
  private running = false;

  constructor(private readonly store: LiveStore) {}

  start(): void {
    if (this.running) return;
    this.running = true;
    window.addEventListener("online", this.hurry);
    window.addEventListener("offline", this.drop);
    document.addEventListener("visibilitychange", this.onVisible);
    this.watchdog = window.setInterval(this.checkSilence, SILENCE_MS / 3);
    this.connect();
  }

  stop(): void {
    this.running = false;
    window.removeEventListener("online", this.hurry);
    window.removeEventListener("offline", this.drop);
    document.removeEventListener("visibilitychange", this.onVisible);
    window.clearInterval(this.watchdog);
    window.clearTimeout(this.retry);
    this.discard();
    this.store.clear();
  }

  /** Try now instead of waiting for the next attempt. */
  hurry = (): void => {
    if (!this.running || this.socket) return;
    window.clearTimeout(this.retry);
    this.waitMs = FIRST_WAIT_MS;
    this.connect();
  };

  private connect(): void {
    const socket = new WebSocket(this.address());
    this.socket = socket;
    this.heardMs = Date.now();
    socket.onopen = () => this.store.setLink("open");
    socket.onmessage = (event: MessageEvent<string>) => this.hear(event.data);
    socket.onclose = () => void this.lose(socket);
  }

  private address(): string {
    const url = new URL("/api/live", window.location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.searchParams.set("channels", CHANNELS);
    url.searchParams.set("batch", "1");
    if (this.store.seq !== null) url.searchParams.set("since", String(this.store.seq));
    return url.href;
  }

  private hear(data: string): void {
    this.heardMs = Date.now();
    this.waitMs = FIRST_WAIT_MS;
    const told = JSON.parse(data) as LiveMessage | LiveMessage[];
    for (const message of Array.isArray(told) ? told : [told]) this.store.take(message);
  }

  private async lose(socket: WebSocket): Promise<void> {
    if (socket !== this.socket) return;
    this.socket = null;
    this.store.setLink("lost");
    this.retry = window.setTimeout(this.connectAgain, this.waitMs * (0.75 + Math.random() / 2));
    this.waitMs = Math.min(this.waitMs * 2, LONGEST_WAIT_MS);
    // A browser does not say why it was refused; the session does. Signed out, this page goes away.
    await refreshSession();
  }

  private connectAgain = (): void => {
    if (this.running && !this.socket) this.connect();
  };

  private onVisible = (): void => {
    if (document.visibilityState !== "visible") return;
    this.hurry();
    void this.checkSilence();
  };

  private checkSilence = async (): Promise<void> => {
    const socket = this.socket;
    if (!socket || Date.now() - this.heardMs < SILENCE_MS) return;
    const answer = await refreshSession(AbortSignal.timeout(PROBE_MS));
    if (answer) this.heardMs = Date.now();
    else if (socket === this.socket) this.drop();
  };

  /** Treat the connection as gone without waiting for the network to notice. */
  private drop = (): void => {
    const socket = this.socket;
    if (!socket) return;
    socket.onmessage = null;
    socket.close();
    void this.lose(socket);
  };

  private discard(): void {
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }
}
