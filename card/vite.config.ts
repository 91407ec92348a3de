import { defineConfig } from "vitest/config";

import { leanLit } from "./build/lit.ts";
import { shrinkOnceMore } from "./build/shrink.ts";
import { tidyLitTemplates } from "./build/templates.ts";

export default defineConfig({
  plugins: [leanLit(), tidyLitTemplates(), shrinkOnceMore()],
  build: {
    target: "es2022",
    outDir: "../custom_components/elevenlabs_streaming/frontend/dist",
    emptyOutDir: false,
    reportCompressedSize: false,
    modulePreload: false,
    // Not Vite's library mode: that keeps the white space.
    rolldownOptions: {
      input: "src/index.ts",
      output: {
        entryFileNames: "elevenlabs-captions-card.js",
        codeSplitting: false,
        postBanner: "/*! With Lit, Copyright Google LLC, BSD-3-Clause */",
      },
    },
  },
  test: {
    environment: "happy-dom",
    include: ["{src,test}/**/*.test.ts"],
  },
});
