import { useState } from "react";
import { getChannels, removeChannel, testChannel, type Channel } from "../api/channels";
import { Card } from "../components/Card";
import { Confirm } from "../components/Confirm";
import { ErrorNote } from "../components/ErrorNote";
import { useAction } from "../components/useAction";
import { useAnswer, type Answer } from "../live/useAnswer";
import { t } from "../texts";
import { ChannelForm } from "./ChannelForm";

/** Every channel, with what is wrong with it now. */
export function useChannels(): Answer<Channel[]> {
  return useAnswer("channels", { ask: getChannels, ageing: ({ type }) => type === "alert", restMs: 2_000 });
}

/** Where alerts are told. */
export function Channels({ channels: { value, error, again } }: { channels: Answer<Channel[]> }) {
  const [adding, setAdding] = useState(false);
  const taken = value?.map(({ name }) => name) ?? [];
  return (
    <Card title={t.channels.title}>
      <p className="-mt-2 text-sm text-soft">{t.channels.lead}</p>
      <ErrorNote text={error} />
      {value?.length === 0 && !adding && <p className="text-sm">{t.channels.none}</p>}
      <ul className="-my-2 divide-y divide-line empty:hidden">
        {value?.map((channel) => <Row key={channel.name} channel={channel} taken={taken} onChange={again} />)}
      </ul>
      {adding ? (
        <ChannelForm
          channel={null}
          taken={taken}
          onDone={() => {
            setAdding(false);
            again();
          }}
          onCancel={() => setAdding(false)}
        />
      ) : (
        <button type="button" className="button self-start" disabled={value === null} onClick={() => setAdding(true)}>
          {t.channels.add}
        </button>
      )}
    </Card>
  );
}

function Row({ channel, taken, onChange }: { channel: Channel; taken: readonly string[]; onChange: () => void }) {
  const [editing, setEditing] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const [said, setSaid] = useState<string | null>(null);
  const { busy, error, run } = useAction();
  const { name, way, levels, escalation, enabled, complaint, waiting, delivered } = channel;
  const attempt = () =>
    run(async () => {
      setSaid(null);
      const { ok, detail } = await testChannel(name);
      if (!ok) throw new Error(detail);
      setSaid(t.channels.tested(detail));
      onChange();
    });
  const told = levels.map((level) => t.alerts.level[level] ?? level).join(", ");
  const about = [
    t.channels.kinds[way.kind] ?? way.kind,
    escalation ? t.channels.escalationOnly : t.channels.levelsOf(told),
    ...(waiting > 0 ? [t.channels.waiting(waiting)] : []),
    ...(delivered > 0 ? [t.channels.delivered(delivered)] : []),
    ...(enabled ? [] : [t.channels.off]),
  ];
  return (
    <li className="flex flex-col gap-3 py-3 text-sm">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-56">
          <p className="font-medium">{name}</p>
          <p className="text-xs break-words text-soft">{about.join(" · ")}</p>
          {complaint && <p className="break-words text-warn">{complaint}</p>}
        </div>
        <div className="flex flex-wrap gap-2">
          <button
            type="button"
            className="button min-h-9 px-3"
            disabled={busy || !enabled}
            aria-label={t.channels.testOf(name)}
            onClick={() => void attempt()}
          >
            {t.channels.test}
          </button>
          <button type="button" className="button min-h-9 px-3" aria-label={t.channels.changeOf(name)} onClick={() => setEditing(!editing)}>
            {t.channels.change}
          </button>
          <button type="button" className="button min-h-9 px-3" aria-label={t.channels.removeOf(name)} onClick={() => setLeaving(true)}>
            {t.channels.remove}
          </button>
        </div>
      </div>
      {said !== null && error === null && (
        <p className="break-words text-good" role="status">
          {said}
        </p>
      )}
      {!leaving && <ErrorNote text={error} />}
      {editing && (
        <ChannelForm
          channel={channel}
          taken={taken}
          onDone={() => {
            setEditing(false);
            onChange();
          }}
          onCancel={() => setEditing(false)}
        />
      )}
      {leaving && (
        <Confirm
          title={t.channels.removeQuestion(name)}
          yes={t.channels.removeConfirm}
          no={t.channels.keep}
          busy={busy}
          error={error}
          onYes={() =>
            void run(async () => {
              await removeChannel(name);
              setLeaving(false);
              onChange();
            })
          }
          onClose={() => setLeaving(false)}
        >
          <p className="text-sm">{t.channels.removeMeans}</p>
        </Confirm>
      )}
    </li>
  );
}
