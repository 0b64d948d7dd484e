package dev.mneme.daemon;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/// The package table of ARCHITECTURE.md, as rules: who may know whom, and which library is fenced
/// into which package.
@AnalyzeClasses(
        packages = "dev.mneme",
        importOptions = {ImportOption.DoNotIncludeTests.class, ImportOption.DoNotIncludeJars.class})
final class DependencyRulesTest {

    private static final String ROOT = "dev.mneme.";

    @ArchTest
    static final ArchRule DOMAIN_KNOWS_NOBODY =
            ours("domain").because("values and rules must be readable without any machinery");

    @ArchTest
    static final ArchRule CONFIG_KNOWS_THE_FILE_ALONE =
            ours("config", "protocol")
                    .because(
                            "settings are read before anything else exists; how `.env` is written"
                                    + " is shared with the command line");

    @ArchTest
    static final ArchRule METER_KNOWS_NOBODY =
            ours("meter").because("whoever does something may count it");

    @ArchTest
    static final ArchRule CONSOLE_KNOWS_NOBODY =
            ours("console").because("it shows what the REST surface says, and nothing else");

    @ArchTest
    static final ArchRule MODELS_ARE_FILES =
            ours("models", "protocol")
                    .because("how models come here is the same for the command line");

    @ArchTest
    static final ArchRule STORE_KNOWS_DOMAIN =
            ours("store", "domain", "protocol")
                    .because("SQL maps to domain values; JSON columns use the one JSON mapper");

    @ArchTest
    static final ArchRule QUEUE_KNOWS_STORE =
            ours("queue", "domain", "store").because("the queue must not know what its jobs do");

    @ArchTest
    static final ArchRule EXTRACT_KNOWS_DOMAIN =
            ours("extract", "domain", "protocol", "llama")
                    .because("an extractor is a function from a turn to observations");

    @ArchTest
    static final ArchRule EMBED_KNOWS_DOMAIN =
            ours("embed", "domain", "protocol")
                    .because("an embedder is a function from text to vector, as its row says");

    @ArchTest
    static final ArchRule JOBS_JOIN_MODELS_AND_STORES =
            ours("jobs", "domain", "meter", "store", "queue", "extract", "embed", "tree")
                    .because("this is the only place where models meet stores");

    @ArchTest
    static final ArchRule INGEST_STORES_EVENTS =
            ours("ingest", "domain", "meter", "store", "queue", "protocol", "redaction")
                    .because("whatever brings an event, it goes one way");

    @ArchTest
    static final ArchRule FORGET_TAKES_OUT =
            ours("forget", "domain", "store", "ingest", "protocol", "redaction")
                    .because("what was stored is taken out by whoever knows how it came in");

    @ArchTest
    static final ArchRule MOVING_STORES_WHAT_WAS_ELSEWHERE =
            ours("moving", "domain", "store", "ingest")
                    .because(
                            "what moves in goes the way of what is captured, or straight to the stores");

    @ArchTest
    static final ArchRule BACKUP_COPIES_TABLES =
            ours("backup", "protocol", "postgres")
                    .because("a backup knows tables by the catalog, not by what they mean");

    @ArchTest
    static final ArchRule LESSONS_ARE_TOLD =
            ours("lessons", "domain", "store", "ingest", "protocol")
                    .because("what is told before a call is chosen without models");

    @ArchTest
    static final ArchRule PATTERNS_OF_OTHERS_ONLY_IN_LESSONS =
            fenced("com.google.re2j..", ROOT + "lessons..")
                    .because("our own patterns are fixed, and the JDK's suffice for them");

    @ArchTest
    static final ArchRule A_TREE_IS_FILES =
            ours("tree").because("what lies in a folder is known without memories");

    @ArchTest
    static final ArchRule RECALL_READS =
            ours("recall", "domain", "store", "embed", "tree", "protocol")
                    .because("reading needs no queue and no HTTP");

    @ArchTest
    static final ArchRule HEALTH_READS =
            ours("health", "domain", "store", "queue", "extract", "embed")
                    .because("health looks at everything and changes nothing");

    @ArchTest
    static final ArchRule NO_CYCLES =
            slices().matching("dev.mneme.(*)..")
                    .should()
                    .beFreeOfCycles()
                    .because("a reader must be able to start at the bottom");

    @ArchTest
    static final ArchRule JDBI_ONLY_IN_STORE =
            fenced("org.jdbi..", ROOT + "store..").because("every statement has one home");

    @ArchTest
    static final ArchRule JDBC_ONLY_IN_STORE =
            fenced("java.sql..", ROOT + "store..", ROOT + "backup..", ROOT + "daemon..")
                    .because(
                            "only stores speak SQL; backups copy whole tables, and the daemon"
                                    + " package opens and migrates");

    @ArchTest
    static final ArchRule JAVALIN_ONLY_IN_HTTP =
            fenced("io.javalin..", ROOT + "http..")
                    .because("services must not know who calls them");

    @ArchTest
    static final ArchRule FLYWAY_ONLY_IN_DAEMON =
            fenced("org.flywaydb..", ROOT + "daemon..")
                    .because("the schema changes at one moment, the start");

    @ArchTest
    static final ArchRule ONNX_ONLY_IN_ITS_PACKAGE =
            fenced("ai.onnxruntime..", ROOT + "embed.onnx..")
                    .because("a native library has one owner");

    @ArchTest
    static final ArchRule TOKENIZERS_ONLY_IN_ITS_PACKAGE =
            fenced("ai.djl..", ROOT + "embed.onnx..").because("a native library has one owner");

    @ArchTest
    static final ArchRule THE_BINDING_ONLY_IN_ITS_PROCESS =
            fenced("de.kherud..", ROOT + "llama..")
                    .because("native code that may crash has a process of its own");

    @ArchTest
    static final ArchRule JACKSON_WHERE_JSON_IS =
            fenced(
                            "tools.jackson..",
                            ROOT + "protocol..",
                            ROOT + "store..",
                            ROOT + "extract..",
                            ROOT + "ingest..",
                            ROOT + "forget..",
                            ROOT + "http..")
                    .because("JSON is parsed at the edges, values travel inside");

    private static com.tngtech.archunit.lang.syntax.elements.ClassesShouldConjunction ours(
            String name, String... known) {
        var allowed = new java.util.HashSet<String>();
        allowed.add(name);
        allowed.addAll(java.util.List.of(known));
        return noClasses()
                .that()
                .resideInAPackage(ROOT + name + "..")
                .should()
                .dependOnClassesThat(
                        new DescribedPredicate<JavaClass>("are ours and not one of " + allowed) {
                            @Override
                            public boolean test(JavaClass target) {
                                String full = target.getPackageName();
                                if (!full.startsWith(ROOT)) {
                                    return false;
                                }
                                String rest = full.substring(ROOT.length());
                                int dot = rest.indexOf('.');
                                return !allowed.contains(dot < 0 ? rest : rest.substring(0, dot));
                            }
                        });
    }

    private static com.tngtech.archunit.lang.syntax.elements.ClassesShouldConjunction fenced(
            String library, String... homes) {
        return noClasses()
                .that()
                .resideInAPackage(ROOT + "(**)")
                .and()
                .resideOutsideOfPackages(homes)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library);
    }
}
