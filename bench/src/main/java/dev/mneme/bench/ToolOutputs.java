package dev.mneme.bench;

import dev.mneme.bench.SecretFormat.Place;
import dev.mneme.bench.SecretFormat.Planting;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Puts one secret into what a tool would print: an environment, a command, a plan, a difference.
final class ToolOutputs {

    private final Dice dice;

    ToolOutputs(Dice dice) {
        this.dice = dice;
    }

    /// The text of one output; the secret is in it once.
    String around(SecretFormat format, Planting planting) {
        if (format.place() == Place.AS_IT_STANDS) {
            return asItStands(planting.text());
        }
        String name = dice.pick(format.names());
        return format.place() == Place.ANYWHERE && dice.below(2) == 0
                ? anywhere(planting.text())
                : besideItsName(name, planting.text());
    }

    private String besideItsName(String name, String value) {
        String lower = name.toLowerCase(Locale.ROOT);
        return switch (dice.below(17)) {
            case 0 -> environment(name + "=" + value);
            case 1 -> "$ cat .env\n" + settings(name + "=" + value) + "\n";
            case 2 -> "$ export " + name + "=" + value + "\n$ make deploy\n" + log("deployed");
            case 3 -> dockerInspect(name + "=" + value);
            case 4 -> terraform(lower, value);
            case 5 ->
                    "{\n  \"region\": \"eu-west-1\",\n  \""
                            + dice.pick(name, lower)
                            + "\": \""
                            + value
                            + "\",\n  \"retries\": 3\n}\n";
            case 6 ->
                    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: "
                            + dice.word()
                            + "\nstringData:\n  "
                            + name
                            + ": "
                            + dice.pick(value, "\"" + value + "\"")
                            + "\n";
            case 7 -> diff(name + "=" + value);
            case 8 -> diff(lower + ": '" + value + "',");
            case 9 ->
                    "# application.properties\nserver.port=8080\n"
                            + dice.word()
                            + "."
                            + lower
                            + "="
                            + value
                            + "\nlogging.level.root=INFO\n";
            case 10 -> "import os\nos.environ[\"" + name + "\"] = \"" + value + "\"\nrun()\n";
            case 11 ->
                    "FROM eclipse-temurin:25\nWORKDIR /app\nENV "
                            + name
                            + "="
                            + value
                            + "\nCMD [\"run\"]\n";
            case 12 ->
                    "$ docker run --rm -e "
                            + name
                            + "="
                            + value
                            + " -p 8080:8080 shop/"
                            + dice.word()
                            + ":latest\n";
            case 13 -> log("config loaded " + lower + "=" + value + " region=eu-west-1");
            case 14 -> "const " + lower + " = \"" + value + "\";\nmodule.exports = client;\n";
            case 15 ->
                    "    environment:\n      - NODE_ENV=production\n      - "
                            + name
                            + "="
                            + value
                            + "\n    ports:\n      - 8080:8080\n";
            default ->
                    "[default]\nregion = eu-west-1\n" + lower + " = " + value + "\noutput = json\n";
        };
    }

    private String anywhere(String value) {
        return switch (dice.below(14)) {
            case 0 ->
                    "$ curl -sS -H 'Authorization: Bearer "
                            + value
                            + "' https://"
                            + dice.word()
                            + ".example.com/v1/items\n{\"items\":[]}\n";
            case 1 ->
                    "$ curl -sS -u '"
                            + value
                            + ":' https://api.example.com/v1/charges\n{\"data\":[]}\n";
            case 2 -> stackTrace("401 Unauthorized: " + value + " was rejected by the server");
            case 3 -> diff("  const client = new Client(\"" + value + "\");");
            case 4 ->
                    "{\"integrations\":[{\"name\":\""
                            + dice.word()
                            + "\",\"enabled\":true,\"value\":\""
                            + value
                            + "\"}]}\n";
            case 5 ->
                    "services:\n  - name: "
                            + dice.word()
                            + "\n    args: [\"--quiet\", \""
                            + value
                            + "\"]\n";
            case 6 -> log("request sent with " + value + " in " + dice.below(900) + " ms");
            case 7 -> "  511  cd shop\n  512  tool login " + value + "\n  513  tool deploy\n";
            case 8 ->
                    "| stage | value |\n|---|---|\n| production | "
                            + value
                            + " |\n| test | none |\n";
            case 9 -> "id,name,value\n1," + dice.word() + "," + value + "\n2,other,none\n";
            case 10 -> "!function(e){e.init(\"" + value + "\",{debug:!1}),e.start()}(window);\n";
            case 11 ->
                    "$ echo "
                            + value
                            + " | "
                            + dice.pick(
                                    "docker login --password-stdin", "gh auth login --with-token")
                            + "\nLogin Succeeded\n";
            case 12 -> "src/" + dice.word() + ".ts:41:  client.use('" + value + "')\n";
            default -> "  + value    = \"" + value + "\"\n  + type     = \"string\"\n";
        };
    }

    private String asItStands(String text) {
        boolean block = text.indexOf('\n') >= 0;
        return switch (dice.below(block ? 4 : 8)) {
            case 0 -> "$ cat credentials.txt\n" + text + "\n";
            case 1 -> log("before") + text + "\n" + log("after");
            case 2 -> "     1\tdata\n" + text + "\n     3\tend\n";
            case 3 -> "{\"content\":\"" + escaped(text) + "\\n\",\"size\":" + text.length() + "}\n";
            case 4 -> "$ curl -sS -H '" + text + "' https://api.example.com/v1/me\n{\"ok\":true}\n";
            case 5 -> diff("  connect(\"" + text + "\")");
            case 6 -> stackTrace("cannot connect with " + text);
            default -> "  - \"" + text + "\"\n  - \"other\"\n";
        };
    }

    static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }

    private String environment(String line) {
        var lines =
                new ArrayList<>(
                        List.of(
                                "SHELL=/bin/bash",
                                "PWD=/home/dev/shop",
                                "LOGNAME=dev",
                                "HOME=/home/dev",
                                "LANG=en_US.UTF-8",
                                "NODE_ENV=production",
                                "PATH=/usr/local/bin:/usr/bin:/bin",
                                "TERM=xterm-256color"));
        lines.add(dice.below(lines.size() + 1), line);
        return "$ env\n" + String.join("\n", lines) + "\n";
    }

    private String settings(String line) {
        return "NODE_ENV=production\nPORT="
                + dice.between(3000, 9000)
                + "\n"
                + line
                + "\nDEBUG=false";
    }

    private String dockerInspect(String variable) {
        return "[\n    {\n        \"Id\": \""
                + dice.hex(64)
                + "\",\n        \"Config\": {\n            \"Env\": [\n                \"PATH=/usr/bin\",\n"
                + "                \""
                + variable
                + "\",\n                \"PORT=8080\"\n            ]\n        }\n    }\n]\n";
    }

    private String terraform(String name, String value) {
        return "  # module."
                + dice.word()
                + " will be created\n  + resource \"aws_lambda_function\" \"main\" {\n"
                + "      + arn       = (known after apply)\n      + "
                + name
                + " = \""
                + value
                + "\"\n      + memory    = 512\n    }\n\nPlan: 1 to add, 0 to change, 0 to destroy.\n";
    }

    private String diff(String line) {
        return "diff --git a/config.ts b/config.ts\nindex "
                + dice.hex(7)
                + ".."
                + dice.hex(7)
                + " 100644\n--- a/config.ts\n+++ b/config.ts\n@@ -12,6 +12,7 @@ export const config = {\n"
                + "   retries: 3,\n+"
                + line
                + "\n   region: 'eu-west-1',\n";
    }

    private String stackTrace(String message) {
        return "java.lang.IllegalStateException: "
                + message
                + "\n\tat com.example."
                + dice.word()
                + ".Client.send(Client.java:"
                + dice.between(10, 900)
                + ")\n\tat com.example.Main.main(Main.java:12)\n"
                + "Caused by: java.io.IOException: Connection reset\n\t... 12 more\n";
    }

    private String log(String message) {
        return "2026-03-"
                + dice.between(10, 28)
                + "T09:1"
                + dice.below(10)
                + ":07.412Z  INFO ["
                + dice.word()
                + "] "
                + message
                + "\n";
    }
}
