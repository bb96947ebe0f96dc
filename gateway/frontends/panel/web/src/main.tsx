import { createRoot } from "react-dom/client";
import "./app.css";
import { App } from "./App";
import { ErrorBoundary } from "./components/ErrorBoundary";
import { t } from "./texts";

document.documentElement.lang = t.language;
createRoot(document.getElementById("root")!).render(
  <ErrorBoundary>
    <App />
  </ErrorBoundary>,
);
