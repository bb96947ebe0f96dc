import { useState } from "react";
import { askValue } from "../api/home";
import { ErrorNote } from "../components/ErrorNote";
import { TextField } from "../components/TextField";
import { useAction } from "../components/useAction";
import { t } from "../texts";

/** A question in words, such as "temp zone b", and the gateway's answer. */
export function AskBox() {
  const [question, setQuestion] = useState("");
  const [answer, setAnswer] = useState<string | null>(null);
  const { busy, error, run } = useAction();

  function submit(event: Event): void {
    event.preventDefault();
    setAnswer(null);
    void run(async () => setAnswer(await askValue(question.trim())));
  }

  return (
    <form className="card flex flex-col gap-3 p-5" onSubmit={submit}>
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <TextField label={t.places.ask} hint={t.places.askHint} value={question} onChange={setQuestion} required />
        </div>
        <button type="submit" className="button mt-6.5 min-h-11" disabled={busy}>
          {t.places.askSubmit}
        </button>
      </div>
      <p role="status" className="font-medium break-words empty:hidden">
        {answer}
      </p>
      <ErrorNote text={error} />
    </form>
  );
}
