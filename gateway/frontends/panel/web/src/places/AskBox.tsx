import { useState } from "react";
import { Composer } from "../chat/Composer";
import { useTalk } from "../chat/store";
import { Talk } from "../chat/Talk";
import { chatPath } from "../router";
import { t } from "../texts";

/** A line to the gateway, with its newest answer. */
export function AskBox() {
  const [text, setText] = useState("");
  const talk = useTalk();
  return (
    <section className="card flex flex-col gap-4 p-5" aria-label={t.chat.title}>
      <Composer text={text} onText={setText} />
      {talk.length > 0 && <Talk exchanges={talk.slice(-1)} />}
      {talk.length > 1 && (
        <a className="self-start text-sm text-accent hover:underline" href={chatPath}>
          {t.chat.all}
        </a>
      )}
    </section>
  );
}
