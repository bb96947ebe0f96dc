import { useState } from "react";
import { t } from "../texts";
import { Command } from "./Command";
import { PairingControl } from "./PairingControl";
import { TokenBox } from "./TokenBox";

/** The two ways to let a device in, and a command that plays the device. */
export function AddDevice() {
  const [token, setToken] = useState<string | null>(null);
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      <section className="card flex flex-col gap-3 p-5">
        <h2 className="font-semibold">{t.add.pairingTitle}</h2>
        <p className="text-sm text-soft">{t.add.pairingLead}</p>
        <div className="pt-1">
          <PairingControl />
        </div>
      </section>
      <section className="card flex flex-col gap-3 p-5">
        <h2 className="font-semibold">{t.add.tokenTitle}</h2>
        <p className="text-sm text-soft">{t.add.tokenLead}</p>
        <div className="pt-1">
          <TokenBox token={token} onToken={setToken} />
        </div>
      </section>
      <section className="flex min-w-0 flex-col gap-2 lg:col-span-2">
        <Command text={registerCommand(token)} />
        <p className="text-sm text-soft">{token ? t.add.tokenAnswer : t.add.pairingAnswer}</p>
      </section>
    </div>
  );
}

function registerCommand(token: string | null): string {
  const body = { mac_address: "02:00:00:00:00:01", firmware_version: "1.0.0", ...(token ? { token } : {}) };
  const { origin, protocol } = window.location;
  // The gateway's own CA: fetched once, trusted from then on.
  const isOwnCa = protocol === "https:";
  return [
    ...(isOwnCa ? [`curl -k -o ca.pem ${origin}/ca.pem`] : []),
    `curl ${isOwnCa ? "--cacert ca.pem " : ""}-X POST ${origin}/api/devices/register \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '${JSON.stringify(body)}'`,
  ].join("\n");
}
