import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vite";

/** `npm run dev` forwards the API to a running gateway; edit the address when it listens elsewhere. */
const gateway = "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [tailwindcss()],
  resolve: {
    alias: [
      { find: /^react$/, replacement: "preact/compat" },
      { find: /^react-dom\/client$/, replacement: "preact/compat/client" },
    ],
  },
  build: {
    outDir: "../static",
    emptyOutDir: true,
    target: "es2022",
    // The page's content policy allows nothing inline: no data: addresses, no injected script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    license: { fileName: "licences.md" },
  },
  server: {
    proxy: {
      "/api": { target: gateway, ws: true },
      "/sign-in": { target: gateway },
    },
  },
});
