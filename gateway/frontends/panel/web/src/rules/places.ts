/** Where in a JSON text something is: by its path, such as `if.of[0].value`. */
export type Places = ReadonlyMap<string, { start: number; end: number }>;

/** Places of everything in a text that JSON.parse takes; the whole has the path "". */
export function placesOf(text: string): Places {
  const places = new Map<string, { start: number; end: number }>();
  let at = 0;

  function space(): void {
    while (/\s/.test(text[at] ?? "")) at += 1;
  }

  function string(): string {
    const start = at;
    at += 1;
    while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
    at += 1;
    return JSON.parse(text.slice(start, at)) as string;
  }

  /** What stands between two brackets, one after the other. */
  function each(close: string, one: (number: number) => void): void {
    at += 1;
    space();
    for (let number = 0; text[at] !== close; number += 1) {
      one(number);
      space();
      if (text[at] === ",") at += 1;
      space();
    }
    at += 1;
  }

  function value(path: string, begun: number): void {
    space();
    if (text[at] === "{") {
      each("}", () => {
        const start = at;
        const key = string();
        space();
        at += 1; // the colon
        value(path ? `${path}.${key}` : key, start);
      });
    } else if (text[at] === "[") {
      each("]", (number) => value(`${path}[${number}]`, at));
    } else if (text[at] === '"') {
      string();
    } else {
      while (/[^\s,\]}]/.test(text[at] ?? " ")) at += 1;
    }
    places.set(path, { start: begun, end: at });
  }

  space();
  value("", at);
  return places;
}

/** The place of a path, or of the nearest thing around it that is there. */
export function placeOf(places: Places, path: string): { start: number; end: number } | null {
  let asked = path;
  for (;;) {
    const found = places.get(asked);
    if (found) return found;
    if (asked === "") return null;
    asked = asked.slice(0, Math.max(0, asked.lastIndexOf("."), asked.lastIndexOf("[")));
  }
}

/** 1 and up. */
export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
