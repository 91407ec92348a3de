import { defineConfig } from "vitest/config";

export default defineConfig({
  build: {
    target: "es2022",
    outDir: "../custom_components/elevenlabs_streaming/frontend/dist",
    emptyOutDir: false,
    reportCompressedSize: false,
    modulePreload: false,
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
