import { Component, type ReactNode } from "react";
import { t } from "../texts";

/** Shows a way on when a page fails, instead of nothing. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static override getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <main className="mx-auto flex max-w-md flex-col items-start gap-4 px-4 pt-[12vh]">
        <p>{t.errors.crashed}</p>
        <button type="button" className="button button-main" onClick={() => window.location.reload()}>
          {t.errors.reload}
        </button>
      </main>
    );
  }
}
