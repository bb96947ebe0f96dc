import { locale } from "../texts";

const units = ["B", "kB", "MB", "GB", "TB"];
const format = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 });

/** "1.2 GB": decimal units, as disks are sold. */
export function formatBytes(bytes: number): string {
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(bytes, 1)) / 3)));
  return `${format.format(bytes / 1000 ** step)}\u202f${units[step]}`;
}
