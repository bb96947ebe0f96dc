import type {
  Device,
  DeviceMessage,
  GatewayEvent,
  LiveMessage,
  ReadingMessage,
  SnapshotMessage,
} from "../api/types";
import { serverNow } from "../clock";

export type Link = "connecting" | "open" | "lost";

/** After these events histories are other than they were: readings lie at other times, or belong elsewhere. */
const REWRITING = /^(clock\.(set|dated)|device\.(swapped|assigned|unassigned))$/;
/** Until the gateway's disk has them so. */
const REWRITTEN_MS = 1500;

/** What the live connection has told so far. Values are replaced, never changed, so that they can be compared. */
export class LiveStore {
  private readonly devices = new Map<string, Device>();
  private readonly listeners = new Set<() => void>();
  private readonly readingListeners = new Set<(reading: ReadingMessage) => void>();
  private readonly eventListeners = new Set<(event: GatewayEvent) => void>();
  private readonly messageListeners = new Set<(message: LiveMessage) => void>();
  private list: readonly Device[] = [];
  private frame = 0;
  private link: Link = "connecting";
  private loaded = false;
  /** Counts what makes histories worth reading again: a snapshot (there may be holes), or readings that moved. */
  private epoch = 0;
  /** The last message taken; where to resume. */
  seq: number | null = null;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Every reading as it arrives, before it is part of its device. */
  onReading(listener: (reading: ReadingMessage) => void): () => void {
    this.readingListeners.add(listener);
    return () => this.readingListeners.delete(listener);
  }

  /** Every event as it happens. */
  onEvent(listener: (event: GatewayEvent) => void): () => void {
    this.eventListeners.add(listener);
    return () => this.eventListeners.delete(listener);
  }

  /** Every message, after it was taken. */
  onMessage(listener: (message: LiveMessage) => void): () => void {
    this.messageListeners.add(listener);
    return () => this.messageListeners.delete(listener);
  }

  getDevices = (): readonly Device[] => this.list;
  getDevice = (id: string): Device | undefined => this.devices.get(id);
  getLink = (): Link => this.link;
  isLoaded = (): boolean => this.loaded;
  getEpoch = (): number => this.epoch;

  setLink(link: Link): void {
    if (link === this.link) return;
    this.link = link;
    this.notify();
  }

  take(message: LiveMessage): void {
    if (message.type === "snapshot") this.takeSnapshot(message);
    else if (message.type === "reading") this.takeReading(message);
    else if (message.type === "device") this.takeDevice(message);
    else if (message.type === "event") this.takeEvent(message.event);
    this.seq = message.seq;
    this.messageListeners.forEach((listener) => listener(message));
    this.notify();
  }

  /** What the gateway says of a device when asked; newer values that arrived meanwhile stay. */
  put(device: Device): void {
    const latest = { ...device.latest };
    for (const [metric, known] of Object.entries(this.devices.get(device.id)?.latest ?? {})) {
      const told = latest[metric];
      if (told && known.time_ms > told.time_ms) latest[metric] = { ...known, unit: told.unit };
    }
    this.devices.set(device.id, { ...device, latest });
    this.notify();
  }

  clear(): void {
    this.devices.clear();
    this.list = [];
    this.loaded = false;
    this.seq = null;
    this.link = "connecting";
    this.notify();
  }

  private takeSnapshot(message: SnapshotMessage): void {
    this.devices.clear();
    for (const device of message.devices) this.devices.set(device.id, device);
    this.loaded = true;
    this.epoch += 1;
  }

  private takeDevice(message: DeviceMessage): void {
    if (message.device) this.devices.set(message.id, message.device);
    else this.devices.delete(message.id);
  }

  private takeEvent(event: GatewayEvent): void {
    this.eventListeners.forEach((listener) => listener(event));
    if (!REWRITING.test(event.kind)) return;
    window.setTimeout(() => {
      this.epoch += 1;
      this.notify();
    }, REWRITTEN_MS);
  }

  private takeReading(message: ReadingMessage): void {
    this.readingListeners.forEach((listener) => listener(message));
    const device = this.devices.get(message.device);
    if (device) this.devices.set(device.id, withReading(device, message));
  }

  /** Once per frame at most: a fast site must not render the page a hundred times a second. */
  private notify(): void {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.list = [...this.devices.values()];
      this.listeners.forEach((listener) => listener());
    });
  }
}

function withReading(device: Device, { time_ms, values, late, quality, correlation }: ReadingMessage): Device {
  const latest = { ...device.latest };
  const time = new Date(time_ms).toISOString();
  for (const [metric, value] of Object.entries(values)) {
    const known = latest[metric];
    if (known && known.time_ms > time_ms) continue;
    if (late && known?.time_ms === time_ms) continue; // a repetition
    latest[metric] = { value, time, time_ms, unit: known?.unit ?? null, quality: quality[metric] ?? [], correlation };
  }
  const heard = late ? device.last_seen_at : laterOf(device.last_seen_at, Math.min(time_ms, serverNow()));
  return { ...device, latest, last_seen_at: heard };
}

function laterOf(text: string | null, time_ms: number): string {
  return text !== null && Date.parse(text) >= time_ms ? text : new Date(time_ms).toISOString();
}
