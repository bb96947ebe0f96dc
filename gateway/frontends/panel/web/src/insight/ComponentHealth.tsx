import type { Component } from "../api/anomalies";
import { Fact } from "../components/Fact";
import { formatNumber } from "../format/numbers";
import { Bar } from "../system/Bar";
import { t } from "../texts";
import { HealthLine } from "./HealthLine";
import { indexWords, lifeOf, likelyWords, remainingWords, sentenceOf } from "./words";

/** One part of a machine: how well it is, how long it may last and how sure that is, and because of what. */
export function ComponentHealth({ part }: { part: Component }) {
  const { component, health, life, days, trend, driver } = part;
  const range = remainingWords(part);
  const known = lifeOf(part);
  const title = component.charAt(0).toUpperCase() + component.slice(1);
  return (
    <li className="flex flex-col gap-2 py-3" data-component={component} data-life={life}>
      <p className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-0.5 text-sm">
        <strong className="font-semibold">{title}</strong>
        <span>
          <span className={`font-medium ${known.look}`}>{known.text}</span>
          {health !== null && <span className="text-soft"> · {indexWords(health)}</span>}
        </span>
      </p>
      {health !== null && <Bar part={health} whole={100} isBad={life === "limit_reached"} />}
      <p className="text-sm leading-5 break-words">{sentenceOf(part)}</p>
      {days.length > 1 && <HealthLine days={days} />}
      <dl className="grid grid-cols-1 gap-x-5 gap-y-2 empty:hidden min-[26rem]:grid-cols-2">
        {range !== null && (
          <Fact name={t.insight.remaining}>
            <strong className="font-semibold">{range}</strong> <span className="text-soft">{likelyWords(part)}</span>
          </Fact>
        )}
        {trend && (
          <Fact name={t.insight.trend}>
            {t.insight.trendOf(points(trend.per_month), points(trend.low), points(trend.high))}
          </Fact>
        )}
        {driver && life !== "not_enough_history" && (
          <Fact name={t.insight.driver}>
            {driver.label} <span className="text-soft">({driver.sensor})</span>
          </Fact>
        )}
      </dl>
    </li>
  );
}

function points(value: number): string {
  const number = formatNumber(value, null, 1);
  return value > 0 ? `+${number}` : number;
}
