import { useState } from "react";
import { signIn } from "../api/client";
import { CodeField } from "../components/CodeField";
import { ErrorNote } from "../components/ErrorNote";
import { Gate } from "../components/Gate";
import { PasswordField } from "../components/PasswordField";
import { useAction } from "../components/useAction";
import { refreshSession } from "../session/store";
import { t } from "../texts";

/** Sign in with the password, or with a code the gateway has printed. */
export function SignIn() {
  const [withCode, setWithCode] = useState(false);
  const [secret, setSecret] = useState("");
  const { busy, error, run } = useAction();

  function submit(event: Event): void {
    event.preventDefault();
    void run(async () => {
      await signIn(withCode ? { code: secret.trim() } : { password: secret });
      await refreshSession();
    });
  }

  function change(): void {
    setWithCode(!withCode);
    setSecret("");
  }

  return (
    <Gate title={t.signIn.title}>
      <form className="flex flex-col gap-4" onSubmit={submit}>
        {withCode ? (
          <CodeField label={t.signIn.code} hint={t.signIn.codeHint} value={secret} onChange={setSecret} />
        ) : (
          <PasswordField
            label={t.signIn.password}
            value={secret}
            onChange={setSecret}
            autoComplete="current-password"
            autoFocus
          />
        )}
        <ErrorNote text={error} />
        <button type="submit" className="button button-main min-h-11" disabled={busy}>
          {t.signIn.submit}
        </button>
      </form>
      <button type="button" className="self-start text-sm font-medium text-accent hover:underline" onClick={change}>
        {withCode ? t.signIn.usePassword : t.signIn.useCode}
      </button>
    </Gate>
  );
}
