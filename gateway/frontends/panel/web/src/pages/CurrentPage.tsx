import { lazy, Suspense } from "react";
import type { Route } from "../router";
import { Add } from "./Add";
import { Devices } from "./Devices";

const Alerts = lazy(() => import("./Alerts"));
const Anomalies = lazy(() => import("./Anomalies"));
const Chat = lazy(() => import("./Chat"));
const Decisions = lazy(() => import("./Decisions"));
const House = lazy(() => import("./House"));
const Outward = lazy(() => import("./Outward"));
const Places = lazy(() => import("./Places"));
const Plants = lazy(() => import("./Plants"));
const Rule = lazy(() => import("./Rule"));
const Rules = lazy(() => import("./Rules"));
const Trace = lazy(() => import("./Trace"));
const System = lazy(() => import("./System"));
/** Charts are the heaviest part; the list is there before them. */
const Device = lazy(() => import("./Device"));
const Plant = lazy(() => import("./Plant"));

/** The page an address names. */
export function CurrentPage({ route }: { route: Route }) {
  if (route.page === "add") return <Add />;
  if (route.page === "devices") return <Devices />;
  return (
    <Suspense fallback={<main className="min-h-screen" />}>
      {route.page === "places" && <Places />}
      {route.page === "plants" && <Plants />}
      {route.page === "decisions" && <Decisions device={route.device} />}
      {route.page === "anomalies" && <Anomalies asset={route.asset} device={route.device} />}
      {route.page === "rules" && <Rules />}
      {route.page === "rule" && <Rule key={route.id} id={route.id} />}
      {route.page === "chat" && <Chat />}
      {route.page === "alerts" && <Alerts />}
      {route.page === "outward" && <Outward />}
      {route.page === "events" && <House />}
      {route.page === "system" && <System />}
      {route.page === "trace" && <Trace key={route.id} id={route.id} />}
      {route.page === "device" && <Device key={route.id} id={route.id} />}
      {route.page === "plant" && <Plant key={route.id} id={route.id} />}
    </Suspense>
  );
}
