package com.example.irises;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The irises of a CSV file, as the rows that the worker takes: from column names to values. */
record Irises(List<Map<String, Object>> features, List<Map<String, Object>> labels) {

    static Irises read(Path file) throws IOException {
        try (Stream<String> lines = Files.lines(file)) {
            List<String[]> rows = lines.skip(1).map(line -> line.split(",")).toList();
            return new Irises(rows.stream().map(Irises::measurements).toList(),
                    rows.stream().map(row -> Map.<String, Object>of("species", row[4])).toList());
        }
    }

    private static Map<String, Object> measurements(String[] row) {
        return measurements(Double.parseDouble(row[0]), Double.parseDouble(row[1]), Double.parseDouble(row[2]),
                Double.parseDouble(row[3]));
    }

    static Map<String, Object> measurements(double sepalLength, double sepalWidth, double petalLength,
            double petalWidth) {
        return Map.of("sepal_length", sepalLength, "sepal_width", sepalWidth, "petal_length", petalLength,
                "petal_width", petalWidth);
    }
}
