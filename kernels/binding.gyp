{
  # One static library per instruction set, all from the same sources; addon.cc and levels.cc choose among them at run time.
  "target_defaults": {
    "cflags!": ["-O2"],
    "cflags_cc!": ["-std=gnu++17", "-std=gnu++20"],
    "cflags_cc": ["-std=c++20", "-O3", "-ffp-contract=off", "-fno-math-errno", "-Wall", "-Wextra", "-Wno-psabi", "-Wno-uninitialized", "-Wno-maybe-uninitialized"],
    "xcode_settings": {
      "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
      "GCC_OPTIMIZATION_LEVEL": "3",
      "MACOSX_DEPLOYMENT_TARGET": "11.0",
      "OTHER_CPLUSPLUSFLAGS": ["-ffp-contract=off", "-fno-math-errno"]
    },
    "msvs_settings": {
      "VCCLCompilerTool": { "AdditionalOptions": ["/std:c++20", "/fp:precise"], "Optimization": 2 }
    }
  },
  "variables": {
    "kernel_sources": [
      "level.cc",
      "nearest-centroid.cc",
      "nearest-label.cc",
      "centroid-update.cc",
      "lloyd-step.cc",
      "lloyd-steps.cc",
      "feature-moments.cc",
      "plus-plus.cc",
      "pairwise-distance.cc",
      "cosine-topk.cc",
      "sparse-cosine-topk.cc",
      "als-step.cc",
      "gram.cc",
      "distance-sums.cc",
      "radius-neighbours.cc",
      "strongest-owned.cc",
      "strongest-neighbour.cc",
      "kd-tree.cc",
      "core-points.cc",
      "connect-marked.cc",
      "nearest-marked.cc",
      "nearest-neighbours.cc",
      "nearest-other.cc",
      "fused-multiply-adds.cc",
      "stream-copy.cc"
    ]
  },
  "targets": [
    {
      "target_name": "kernels-plain",
      "type": "static_library",
      "sources": ["<@(kernel_sources)"],
      "defines": ["KINDRED_LEVEL=plain", "KINDRED_PLAIN"]
    },
    {
      "target_name": "kindred",
      "sources": ["addon.cc", "levels.cc", "select.cc", "threads.cc"],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_VERSION=8", "NODE_ADDON_API_CPP_EXCEPTIONS"],
      "cflags_cc!": ["-fno-exceptions"],
      "cflags_cc": ["-fexceptions"],
      "xcode_settings": { "GCC_ENABLE_CPP_EXCEPTIONS": "YES" },
      "msvs_settings": { "VCCLCompilerTool": { "ExceptionHandling": 1 } },
      "dependencies": ["kernels-plain"],
      "conditions": [
        ["target_arch=='x64'", { "dependencies": ["kernels-avx2", "kernels-avx512"] }],
        ["target_arch=='x64' and OS=='linux'", { "dependencies": ["kernels-amx"], "defines": ["KINDRED_HAS_AMX"] }],
        ["target_arch=='arm64'", { "dependencies": ["kernels-neon"] }]
      ]
    }
  ],
  "conditions": [
    ["target_arch=='x64'", {
      "targets": [
        {
          "target_name": "kernels-avx2",
          "type": "static_library",
          "sources": ["<@(kernel_sources)"],
          "defines": ["KINDRED_LEVEL=avx2", "KINDRED_AVX2"],
          "cflags_cc": ["-mavx2", "-mfma"],
          "xcode_settings": { "OTHER_CPLUSPLUSFLAGS": ["-mavx2", "-mfma"] },
          "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/arch:AVX2"] } }
        },
        {
          "target_name": "kernels-avx512",
          "type": "static_library",
          "sources": ["<@(kernel_sources)"],
          "defines": ["KINDRED_LEVEL=avx512", "KINDRED_AVX512"],
          "cflags_cc": ["-mavx2", "-mfma", "-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mprefer-vector-width=512"],
          "xcode_settings": {
            "OTHER_CPLUSPLUSFLAGS": ["-mavx2", "-mfma", "-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl"]
          },
          "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/arch:AVX512"] } }
        }
      ]
    }],
    # Only what differs from AVX-512.
    ["target_arch=='x64' and OS=='linux'", {
      "targets": [
        {
          "target_name": "kernels-amx",
          "type": "static_library",
          "sources": ["nearest-centroid.cc", "nearest-label.cc", "lloyd-step.cc", "cosine-topk.cc"],
          "defines": ["KINDRED_LEVEL=amx", "KINDRED_AVX512", "KINDRED_AMX"],
          "cflags_cc": ["-mavx2", "-mfma", "-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mprefer-vector-width=512", "-mamx-tile", "-mamx-bf16"]
        }
      ]
    }],
    ["target_arch=='arm64'", {
      "targets": [
        {
          "target_name": "kernels-neon",
          "type": "static_library",
          "sources": ["<@(kernel_sources)"],
          "defines": ["KINDRED_LEVEL=neon", "KINDRED_NEON"]
        }
      ]
    }]
  ]
}
