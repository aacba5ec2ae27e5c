// A provenance as builders wrap it, and keys with their signatures of it. The private keys are
// gone.
#pragma once

#include <string_view>

namespace tollgate::evidence {

/// in-toto statement 1 with SLSA provenance 1, as GitHub's attestations hold it.
inline constexpr std::string_view kStatementSample =
    R"({
 "_type": "https://in-toto.io/Statement/v1",
 "subject": [
  {
   "name": "registry.example/checkout",
   "digest": {
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
   }
  }
 ],
 "predicateType": "https://slsa.dev/provenance/v1",
 "predicate": {
  "buildDefinition": {
   "buildType": "https://actions.github.io/buildtypes/workflow/v1",
   "externalParameters": {
    "workflow": {
     "ref": "refs/heads/main",
     "repository": "https://github.com/acme/checkout",
     "path": ".github/workflows/build.yml"
    }
   },
   "resolvedDependencies": [
    {
     "uri": "git+https://github.com/acme/checkout@refs/heads/main",
     "digest": {
      "gitCommit": "3f2c1a00000000000000000000000000000000aa"
     }
    }
   ]
  },
  "runDetails": {
   "builder": {
    "id": "https://github.com/actions/runner/github-hosted"
   },
   "metadata": {
    "invocationId": "https://github.com/acme/checkout/actions/runs/1/attempts/1"
   }
  }
 }
})";
inline constexpr std::string_view kPayload =
    "eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pby9TdGF0ZW1lbnQvdjEiLCJzdWJqZWN0IjpbeyJuYW1l"
    "IjoicmVnaXN0cnkuZXhhbXBsZS9jaGVja291dCIsImRpZ2VzdCI6eyJzaGEyNTYiOiI5Zjg2ZDA4MTg4"
    "NGM3ZDY1OWEyZmVhYTBjNTVhZDAxNWEzYmY0ZjFiMmIwYjgyMmNkMTVkNmMxNWIwZjAwYTA4In19XSwi"
    "cHJlZGljYXRlVHlwZSI6Imh0dHBzOi8vc2xzYS5kZXYvcHJvdmVuYW5jZS92MSIsInByZWRpY2F0ZSI6"
    "eyJidWlsZERlZmluaXRpb24iOnsiYnVpbGRUeXBlIjoiaHR0cHM6Ly9hY3Rpb25zLmdpdGh1Yi5pby9i"
    "dWlsZHR5cGVzL3dvcmtmbG93L3YxIiwiZXh0ZXJuYWxQYXJhbWV0ZXJzIjp7IndvcmtmbG93Ijp7InJl"
    "ZiI6InJlZnMvaGVhZHMvbWFpbiIsInJlcG9zaXRvcnkiOiJodHRwczovL2dpdGh1Yi5jb20vYWNtZS9j"
    "aGVja291dCIsInBhdGgiOiIuZ2l0aHViL3dvcmtmbG93cy9idWlsZC55bWwifX0sInJlc29sdmVkRGVw"
    "ZW5kZW5jaWVzIjpbeyJ1cmkiOiJnaXQraHR0cHM6Ly9naXRodWIuY29tL2FjbWUvY2hlY2tvdXRAcmVm"
    "cy9oZWFkcy9tYWluIiwiZGlnZXN0Ijp7ImdpdENvbW1pdCI6IjNmMmMxYTAwMDAwMDAwMDAwMDAwMDAw"
    "MDAwMDAwMDAwMDAwMDAwYWEifX1dfSwicnVuRGV0YWlscyI6eyJidWlsZGVyIjp7ImlkIjoiaHR0cHM6"
    "Ly9naXRodWIuY29tL2FjdGlvbnMvcnVubmVyL2dpdGh1Yi1ob3N0ZWQifSwibWV0YWRhdGEiOnsiaW52"
    "b2NhdGlvbklkIjoiaHR0cHM6Ly9naXRodWIuY29tL2FjbWUvY2hlY2tvdXQvYWN0aW9ucy9ydW5zLzEv"
    "YXR0ZW1wdHMvMSJ9fX19";
inline constexpr std::string_view kEcdsaKey =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEbks2GBaCUfaapXnj1BYtkYh/M0it\n"
    "KhjQmZv6QEOGy2CooGqMCyUGoPvuZhdbXvMZGlbbRoGRYDwhUXxdvJhKEg==\n"
    "-----END PUBLIC KEY-----\n";
inline constexpr std::string_view kEcdsaSignature =
    "MEQCIH4WAPy9KhKaOyzFcPmiQA2Ik8EkT7H1+v2W1ZoUhV/7AiAgLmb8UtAKTxStMBh/6GLXIb9qswfP"
    "xDIBmfZv3/8LUQ==";
inline constexpr std::string_view kEd25519Key =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAZcP8SNSBixXFdwTP6luzEOzI5KP7WwbOihepNrWvrm0=\n"
    "-----END PUBLIC KEY-----\n";
inline constexpr std::string_view kEd25519Signature =
    "2p6ItZb3I81/ZW6LiHeyoyRWbUC0o+wZcYvSWFM0RRWFpRmRlrR0pEqSfg8dPBR36w31T6d07dlL0abl"
    "0z7/CA==";
inline constexpr std::string_view kRsaKey =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAq43pgbeTwqEXdheHzEFH\n"
    "ndg8nPS5G+t6F0WxO1GBttTfIaohIUa8pWvIUKW7FeVY+OLDJlwPzMOD7rhwOlR2\n"
    "qF+CdoTGXm0iB7ToopKaZEWBoTXg4LZiCadEIh99YT9gilGHXsBJUsDbCWbOAVtV\n"
    "av1bvxWtc5KFewrtBKn315c3fwxXbIBaglm17HZbfICbyUSu00WmvN58/NthLcts\n"
    "HIZZPJmwCpx1+YCgLfqjH0iPWBF40fzytC/UK3eyeiMMQXkBGATlutz+UGMg+ftl\n"
    "I+LNBxazzAC/rAtHTmdfke3wBlMey0wtoguUZf9azfpsM41kP9pip3hYglZa5Bb8\n"
    "kwIDAQAB\n"
    "-----END PUBLIC KEY-----\n";
inline constexpr std::string_view kRsaSignature =
    "QIimn9mZ0KQxPLwzEnllCbqNX2ouYCRFduEqrwUEZqTTww2oYoIB0drDCtkJK8IgiY0Salcgghne82QB"
    "xRKEH4vyK7ul3tvDhivBbNq5obN8lusRINkk+AevnpoUd7Wl4NJdOnfx6XXpFlRnhHQQ8S4OqeJCfx4A"
    "bwyAyMwsP/d6SAwXOAKviAFOEcIFvboXqGGCfS2bZ37hU7NiAVIZXAediNDP1U8Xm8Gznuwv4oYOFxbn"
    "KFgNlvAQoP/giu/SAGMFgIAr0Cvp2YpyNQU6484imHHUiJRFT+u0jVwMqBy8HeFXoN/FKOBChbI3Zr04"
    "OebC9urLNEwYJkCsnLtpkw==";

}  // namespace tollgate::evidence
