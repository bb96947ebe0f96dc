import { useState } from "react";
import { finishFirstRun } from "../api/client";
import { CodeField } from "../components/CodeField";
import { ErrorNote } from "../components/ErrorNote";
import { Gate } from "../components/Gate";
import { PasswordField } from "../components/PasswordField";
import { useAction } from "../components/useAction";
import { refreshSession } from "../session/store";
import { t } from "../texts";

/** The first person proves to be at the machine and chooses the password. */
export function FirstRun() {
  const [code, setCode] = useState("");
  const [password, setPassword] = useState("");
  const { busy, error, run } = useAction();

  function submit(event: Event): void {
    event.preventDefault();
    void run(async () => {
      await finishFirstRun(code.trim(), password);
      await refreshSession();
    });
  }

  return (
    <Gate title={t.firstRun.title} lead={t.firstRun.lead}>
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <CodeField label={t.firstRun.code} hint={t.firstRun.codeHint} value={code} onChange={setCode} />
        <PasswordField
          label={t.firstRun.password}
          hint={t.firstRun.passwordHint}
          value={password}
          onChange={setPassword}
          autoComplete="new-password"
        />
        <ErrorNote text={error} />
        <button type="submit" className="button button-main min-h-11" disabled={busy}>
          {t.firstRun.submit}
        </button>
      </form>
    </Gate>
  );
}
