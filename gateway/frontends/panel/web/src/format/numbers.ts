import { locale } from "../texts";

/** Digits after the point, by unit: what a sensor of this kind can tell apart. */
const digits: Record<string, number> = {
  "°C": 1,
  "%": 0,
  lx: 0,
  dB: 1,
  hPa: 1,
  ppm: 0,
  "mm/h": 1,
  "m/s": 1,
  W: 0,
  kWh: 2,
  "l/min": 1,
  A: 2,
  "mm/s": 2,
  V: 2,
};

const formats = new Map<number, Intl.NumberFormat>();

function formatWith(places: number): Intl.NumberFormat {
  let format = formats.get(places);
  if (!format) {
    format = new Intl.NumberFormat(locale, { minimumFractionDigits: places, maximumFractionDigits: places });
    formats.set(places, format);
  }
  return format;
}

/** Digits after the point for values of this unit and size; the same for neighbours, so that nothing jumps. */
export function placesOf(unit: string | null, value: number): number {
  const known = unit === null ? undefined : digits[unit];
  if (known !== undefined) return known;
  const size = Math.abs(value);
  if (size >= 1000) return 0;
  return size >= 10 ? 1 : 2;
}

/** A value as people read it, without its unit. Never "-0". */
export function formatNumber(value: number, unit: string | null, places = placesOf(unit, value)): string {
  const rounded = Number(value.toFixed(Math.min(places, 20)));
  return formatWith(places).format(rounded === 0 ? 0 : rounded).replace("-", "−");
}

/** The same with its unit; a narrow no-break space between. */
export function formatValue(value: number, unit: string | null): string {
  return unit ? `${formatNumber(value, unit)}\u202f${unit}` : formatNumber(value, unit);
}
