import { useEffect, useRef, useState } from "react";
import { Composer } from "../chat/Composer";
import { clearTalk, useTalk } from "../chat/store";
import { Talk } from "../chat/Talk";
import { Page } from "../components/Page";
import { t } from "../texts";

/** The conversation with the gateway. */
export default function Chat() {
  const exchanges = useTalk();
  const [text, setText] = useState("");
  const end = useRef<HTMLDivElement>(null);
  const newest = exchanges[exchanges.length - 1];
  useEffect(() => {
    if (newest) end.current?.scrollIntoView({ block: "end" });
  }, [newest]);
  return (
    <Page
      title={t.chat.title}
      actions={
        exchanges.length > 0 && (
          <button type="button" className="button" onClick={clearTalk}>
            {t.chat.clear}
          </button>
        )
      }
    >
      <div className="mx-auto flex min-h-[calc(100vh-16rem)] w-full max-w-4xl flex-col gap-5">
        {exchanges.length === 0 ? <Examples onPick={setText} /> : <Talk exchanges={exchanges} />}
        <div ref={end} className="scroll-mb-24" />
        <div className="sticky bottom-0 -mx-2 mt-auto bg-page px-2 py-3">
          <Composer text={text} onText={setText} />
        </div>
      </div>
    </Page>
  );
}

function Examples({ onPick }: { onPick: (text: string) => void }) {
  return (
    <div className="flex flex-col gap-3">
      <p className="max-w-2xl text-soft">{t.chat.lead}</p>
      <h2 className="text-sm font-semibold">{t.chat.examples}</h2>
      <ul className="flex flex-col items-start gap-2">
        {t.chat.sayings.map((saying) => (
          <li key={saying} className="max-w-full">
            <button
              type="button"
              className="button h-auto max-w-full py-2 text-left whitespace-normal"
              onClick={() => onPick(saying)}
            >
              {saying}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
