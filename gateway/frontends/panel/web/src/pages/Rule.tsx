import { useState } from "react";
import { BackLink } from "../components/BackLink";
import { ErrorNote } from "../components/ErrorNote";
import { Page } from "../components/Page";
import { SimulatedBadge } from "../components/SimulatedBadge";
import { rulePath, rulesPath } from "../router";
import { Firings } from "../rules/Firings";
import { Rehearsal } from "../rules/Rehearsal";
import { Remove } from "../rules/Remove";
import { RuleFacts } from "../rules/RuleFacts";
import { RuleForm } from "../rules/RuleForm";
import { Timers } from "../rules/Timers";
import { useRule } from "../rules/useRules";
import { WhyNow } from "../rules/WhyNow";
import { t } from "../texts";

/** One rule: what it says, why it stands as it does, what it did, and what it would have done. `id` empty: a new one. */
export default function Rule({ id }: { id: string }) {
  if (id) return <Known id={id} />;
  return (
    <Page title={t.rules.newTitle}>
      <Back />
      <RuleForm
        rule={null}
        onSaved={(rule) => {
          window.location.hash = rulePath(rule.id);
        }}
        onDiscard={null}
      />
    </Page>
  );
}

function Known({ id }: { id: string }) {
  const { value: rule, error, again } = useRule(id);
  const [editing, setEditing] = useState(false);
  return (
    <Page
      title={rule?.name ?? t.rules.title}
      mark={rule?.simulated && <SimulatedBadge />}
      actions={
        rule &&
        !editing && (
          <div className="flex flex-wrap gap-2">
            <button type="button" className="button" onClick={() => setEditing(true)}>
              {t.rules.edit}
            </button>
            <Remove rule={rule} />
          </div>
        )
      }
    >
      <Back />
      <ErrorNote text={error} />
      {rule && editing && (
        <RuleForm
          rule={rule}
          onSaved={() => {
            setEditing(false);
            again();
          }}
          onDiscard={() => setEditing(false)}
        />
      )}
      {rule && !editing && (
        <>
          <div className="grid min-w-0 gap-5 lg:grid-cols-2">
            <RuleFacts rule={rule} onChange={again} />
            <WhyNow rule={id} />
          </div>
          <Timers rule={id} />
          <div className="grid min-w-0 items-start gap-5 lg:grid-cols-2">
            <Rehearsal draft={{ ...rule.rule }} id={id} />
            <Firings rule={id} />
          </div>
        </>
      )}
    </Page>
  );
}

function Back() {
  return (
    <div className="-mt-3">
      <BackLink href={rulesPath} text={t.rules.back} />
    </div>
  );
}
