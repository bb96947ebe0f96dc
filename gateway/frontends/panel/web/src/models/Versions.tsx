import { useState } from "react";
import { getCard, type Model, type ModelVersion } from "../api/models";
import { ErrorNote } from "../components/ErrorNote";
import { Fact } from "../components/Fact";
import { formatBytes } from "../format/bytes";
import { formatNumber } from "../format/numbers";
import { useAnswer } from "../live/useAnswer";
import { t } from "../texts";
import { figureValue, figureWords, numberWords, stateWords } from "./words";

const looks: Record<ModelVersion["state"], string> = {
  active: "text-good",
  previous: "text-soft",
  shadow: "text-accent",
  kept: "text-soft",
};

/** Every version that is here, the newest first, and the card of the one that decides. */
export function Versions({ model }: { model: Model }) {
  const newest = [...model.versions].sort((a, b) => b.version - a.version);
  return (
    <div className="flex flex-col gap-1">
      {newest.map((each) => (
        <details key={each.version} className="text-sm">
          <summary className="w-fit cursor-pointer py-1.5">
            <span className="font-medium">{t.models.version(numberWords(each.version))}</span>{" "}
            <span className={`ml-2 font-medium ${looks[each.state]}`}>{stateWords(model.name, each.state)}</span>{" "}
            <span className="ml-2 text-xs text-soft">{each.bundled ? t.models.bundled : each.made}</span>
          </summary>
          <VersionFacts version={each} />
        </details>
      ))}
      {model.active !== null && <Card name={model.name} version={model.active} />}
    </div>
  );
}

function VersionFacts({ version }: { version: ModelVersion }) {
  const figures = Object.entries(version.figures);
  return (
    <div className="mb-2 flex flex-col gap-3 border-l-2 border-line pl-3 sm:pl-4">
      <dl className="grid grid-cols-2 gap-x-5 gap-y-2.5 sm:grid-cols-4">
        <Fact name={t.models.signer}>{version.signer}</Fact>
        <Fact name={t.models.made}>{version.made}</Fact>
        <Fact name={t.models.size}>{formatBytes(version.bytes)}</Fact>
        <Fact name={t.models.time}>
          {version.p99_ms !== null ? `${formatNumber(version.p99_ms, null, 3)}\u202fms` : t.models.untimed}
        </Fact>
      </dl>
      <code className="font-mono text-xs break-all text-soft">{version.sha256}</code>
      {figures.length > 0 && (
        <div>
          <h4 className="mb-1.5 text-xs font-semibold">{t.models.figures}</h4>
          <dl className="grid grid-cols-2 gap-x-5 gap-y-2.5 sm:grid-cols-4">
            {figures.map(([name, value]) => (
              <Fact key={name} name={figureWords(name)}>
                {figureValue(value)}
              </Fact>
            ))}
          </dl>
        </div>
      )}
    </div>
  );
}

/** What a model is for, how it was measured and where its limits are; asked for when it is opened. */
function Card({ name, version }: { name: string; version: number }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="text-sm" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="w-fit cursor-pointer py-1.5 font-medium">{t.models.card}</summary>
      {open && <CardText key={version} name={name} version={version} />}
    </details>
  );
}

function CardText({ name, version }: { name: string; version: number }) {
  const { value, error } = useAnswer(`card ${name} ${version}`, { ask: (signal) => getCard(name, signal) });
  if (value === null) return error ? <ErrorNote text={error} /> : <p className="text-soft">{t.models.loading}</p>;
  if (value === "") return <p className="text-soft">{t.models.noCard}</p>;
  return (
    <pre
      className="max-h-112 overflow-auto rounded-lg border border-line bg-page p-4 font-mono text-xs leading-5 whitespace-pre-wrap"
      tabIndex={0}
    >
      {value}
    </pre>
  );
}
