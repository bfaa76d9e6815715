package com.example.irises;

import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.hibernate.annotations.Immutable;

/** A metric of a run, or error_code and error_message of one that failed. The worker inserts them. */
@Entity
@Immutable
@Table(name = "model_run_metrics")
public class ModelRunMetric {

    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    private Long id;

    private Long modelRunId;

    private String metricName;

    private String metricValue;

    protected ModelRunMetric() {
    }

    public String getMetricName() {
        return metricName;
    }

    public String getMetricValue() {
        return metricValue;
    }
}
