import type { Way, WayKind } from "../api/channels";

export interface Field {
  name: string;
  type: "text" | "secret" | "number" | "list" | "security";
  required?: boolean;
  /** Of a new one. */
  usual?: string;
}

/** What each kind of channel is set up with. */
export const fields: Record<WayKind, readonly Field[]> = {
  telegram: [{ name: "token", type: "secret", required: true }],
  discord: [{ name: "url", type: "secret", required: true }],
  ntfy: [
    { name: "topic", type: "text", required: true },
    { name: "url", type: "text", required: true, usual: "https://ntfy.sh" },
    { name: "token", type: "secret" },
  ],
  webhook: [
    { name: "url", type: "text", required: true },
    { name: "secret", type: "secret" },
  ],
  email: [
    { name: "host", type: "text", required: true },
    { name: "port", type: "number", required: true, usual: "587" },
    { name: "security", type: "security", usual: "starttls" },
    { name: "user", type: "text" },
    { name: "password", type: "secret" },
    { name: "sender", type: "text", required: true },
    { name: "to", type: "list", required: true },
  ],
  apprise: [{ name: "url", type: "secret", required: true }],
};

export const kinds = Object.keys(fields) as WayKind[];

/** A field of a way as one would type it; empty: it has none. */
export function textOf(way: Way, name: string): string {
  const value = (way as unknown as Record<string, unknown>)[name];
  return Array.isArray(value) ? value.join(", ") : String(value ?? "");
}

/** What stands in the form: of secrets nothing. */
export function typedOf(kind: WayKind, way: Way | null): Record<string, string> {
  return Object.fromEntries(
    fields[kind].map(({ name, type, usual = "" }) => {
      if (!way) return [name, usual];
      return [name, type === "secret" ? "" : textOf(way, name)];
    }),
  );
}

/** As it is sent, for the gateway to check: a secret that nobody typed is left out and stays as it was. */
export function wayOf(kind: WayKind, typed: Record<string, string>): Way {
  const way: Record<string, unknown> = { kind };
  for (const { name, type } of fields[kind]) {
    const text = (typed[name] ?? "").trim();
    if (type === "number") way[name] = Number(text);
    else if (type === "list") way[name] = text.split(",").map((each) => each.trim()).filter(Boolean);
    else if (type !== "secret" || text !== "") way[name] = text;
  }
  return way as unknown as Way;
}
