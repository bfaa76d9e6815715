package com.example.irises;

import java.util.List;
import org.springframework.data.jpa.repository.JpaRepository;

public interface ModelRunMetricRepository extends JpaRepository<ModelRunMetric, Long> {

    List<ModelRunMetric> findByModelRunIdOrderById(Long modelRunId);
}
