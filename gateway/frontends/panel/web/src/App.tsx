import { useEffect } from "react";
import { DemoBanner } from "./components/DemoBanner";
import { Header } from "./components/Header";
import { LinkBanner } from "./components/LinkBanner";
import { TroubleBanner } from "./health/TroubleBanner";
import { liveSocket } from "./live/hooks";
import { FirstRun } from "./pages/FirstRun";
import { SignIn } from "./pages/SignIn";
import { Unanswered } from "./pages/Unanswered";
import { CurrentPage } from "./pages/CurrentPage";
import { routeOf, useHash } from "./router";
import { useSession } from "./session/store";

/** The whole page: what is shown follows from the session and the address. */
export function App() {
  const session = useSession();
  const route = routeOf(useHash());
  const signedIn = session?.signed_in ?? false;
  useEffect(() => {
    if (!signedIn) return;
    liveSocket.start();
    return () => liveSocket.stop();
  }, [signedIn]);

  if (session === null) return <Unanswered />;
  return (
    <>
      {session.demo && <DemoBanner />}
      {!session.signed_in && (session.first_run ? <FirstRun /> : <SignIn />)}
      {session.signed_in && (
        <>
          <Header page={route.page} />
          <TroubleBanner />
          <CurrentPage route={route} />
          <LinkBanner />
        </>
      )}
    </>
  );
}
