import type { Rule } from "../api/rules";
import { Card } from "../components/Card";
import { Fact } from "../components/Fact";
import { formatInstant } from "../format/time";
import { t } from "../texts";
import { LastFired } from "./RuleRow";
import { ModeSwitch } from "./ModeSwitch";
import { StateMark } from "./StateMark";

/** What a rule says, how it stands, and how far it may go. */
export function RuleFacts({ rule, onChange }: { rule: Rule; onChange: () => void }) {
  const { description } = rule.rule;
  return (
    <Card title={t.rules.reads} mark={<StateMark rule={rule} />}>
      <p className="text-lg leading-snug break-words">{rule.text}</p>
      {description && <p className="-mt-2 text-sm text-soft">{description}</p>}
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <ModeSwitch rule={rule} onChange={onChange} />
        <p className="text-sm text-soft">{t.rules.modeMeans[rule.mode]}</p>
      </div>
      <dl className="grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-4">
        <Fact name={t.rules.last}>
          <LastFired rule={rule} />
        </Fact>
        {rule.live_ms !== null && <Fact name={t.rules.liveSince}>{formatInstant(rule.live_ms)}</Fact>}
        <Fact name={t.rules.priority}>{rule.priority}</Fact>
        <Fact name={`${t.rules.version} ${rule.version}`}>{t.rules.changedBy(rule.by, formatInstant(rule.changed_ms))}</Fact>
      </dl>
    </Card>
  );
}
