import { api } from "../api/generated";
import { t } from "../texts";
import { CopyButton } from "./CopyButton";
import { ErrorNote } from "./ErrorNote";
import { useAction } from "./useAction";

interface Props {
  token: string | null;
  onToken: (token: string) => void;
}

/** Makes a one-time enrolment token and shows it once. */
export function TokenBox({ token, onToken }: Props) {
  const { busy, error, run } = useAction();
  const create = () =>
    run(async () => {
      const made = await api.postTokens({ kind: "enrol" });
      if ("token" in made) onToken(made.token);
    });
  return (
    <div className="flex flex-col gap-3">
      {token && (
        <>
          <div className="flex items-center gap-2 rounded-lg border border-line bg-page py-1 pr-1 pl-3">
            <code className="min-w-0 flex-1 font-mono text-sm break-all" data-testid="token">
              {token}
            </code>
            <CopyButton text={token} label={t.add.copyToken} />
          </div>
          <p className="text-sm text-soft">{t.add.tokenOnce}</p>
        </>
      )}
      <div>
        <button
          type="button"
          className={token ? "button" : "button button-main"}
          disabled={busy}
          onClick={() => void create()}
        >
          {token ? t.add.tokenAnother : t.add.tokenCreate}
        </button>
      </div>
      <ErrorNote text={error} />
    </div>
  );
}
