import { BackLink } from "../components/BackLink";
import { Page } from "../components/Page";
import { alertsPath } from "../router";
import { Assistant } from "../settings/Assistant";
import { Channels, useChannels } from "../settings/Channels";
import { People } from "../settings/People";
import { t } from "../texts";

/** How the gateway reaches people: channels, Telegram, the optional language model. */
export default function Outward() {
  const channels = useChannels();
  const hasBot = channels.value?.some(({ way }) => way.kind === "telegram") ?? false;
  return (
    <Page title={t.outward.title}>
      <div className="-mt-3">
        <BackLink href={alertsPath} text={t.alerts.title} />
      </div>
      <p className="max-w-3xl text-sm text-soft">{t.outward.lead}</p>
      <div className="grid min-w-0 items-start gap-5 lg:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-5">
          <Channels channels={channels} />
          {hasBot && <People />}
        </div>
        <Assistant />
      </div>
    </Page>
  );
}
