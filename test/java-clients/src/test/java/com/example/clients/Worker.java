package com.example.clients;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** The worker that test/java-clients.test.ts has started, and rows for it. */
final class Worker {

    static final String URL = System.getenv("WORKER_URL");
    /** A worker whose database is away. */
    static final String NOT_READY_URL = System.getenv("NOT_READY_URL");
    /** A file for which the model held_open waits. */
    static final String NEVER = System.getenv("NEVER");
    private static final long WAIT_MS = 120_000;

    static final List<Map<String, Object>> IRISES = new ArrayList<>();
    static final List<Map<String, Object>> SPECIES = new ArrayList<>();
    static final String IRISES_CSV;
    static final String IRIS_CSV = "sepal_length,sepal_width,petal_length,petal_width\n5.1,3.5,1.4,0.2\n";
    static final List<Map<String, Object>> STEPS = List.of(Map.of("x", 0), Map.of("x", 1), Map.of("x", 2));
    static final List<Map<String, Object>> HEIGHTS = List.of(Map.of("height", 0), Map.of("height", 1.5),
            Map.of("height", 3));

    static {
        StringBuilder csv = new StringBuilder("sepal_length,sepal_width,petal_length,petal_width,species\n");
        for (int i = 0; i < 10; i++) {
            add(csv, 5.1 + i / 100.0, 3.5, 1.4, 0.2, "setosa");
            add(csv, 6.4 + i / 100.0, 3.2, 4.5, 1.5, "versicolor");
            add(csv, 6.3 + i / 100.0, 3.3, 6.0, 2.5, "virginica");
        }
        IRISES_CSV = csv.toString();
    }

    private Worker() {
    }

    private static void add(StringBuilder csv, double sepalLength, double sepalWidth, double petalLength,
            double petalWidth, String species) {
        IRISES.add(new HashMap<>(Map.of("sepal_length", sepalLength, "sepal_width", sepalWidth, "petal_length",
                petalLength, "petal_width", petalWidth)));
        SPECIES.add(new HashMap<>(Map.of("species", species)));
        csv.append("%s,%s,%s,%s,%s\n".formatted(sepalLength, sepalWidth, petalLength, petalWidth, species));
    }

    /** The id of a row of model_runs that was made for this test. */
    static long run(String name) {
        return Long.parseLong(System.getenv(name));
    }

    static boolean isEnd(String status) {
        return status.equals("SUCCESS") || status.equals("FAILED");
    }

    static <T> T until(Supplier<T> look, Predicate<T> isSo) {
        long end = System.currentTimeMillis() + WAIT_MS;
        while (true) {
            T found = look.get();
            if (isSo.test(found)) {
                return found;
            }
            if (System.currentTimeMillis() > end) {
                throw new AssertionError("not within %d ms: %s".formatted(WAIT_MS, found));
            }
            try {
                Thread.sleep(100);
            } catch (InterruptedException error) {
                throw new IllegalStateException(error);
            }
        }
    }
}
