package com.example.irises;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.LocalDateTime;
import org.hibernate.annotations.DynamicUpdate;

/**
 * One training. After it is inserted the row is the worker's: it sets the status and the result, which is not mapped,
 * since it may be large and only the worker can read it.
 */
@Entity
@DynamicUpdate
@Table(name = "model_runs")
public class ModelRun {

    public enum Status {
        PENDING, RUNNING, SUCCESS, FAILED;

        public boolean isEnd() {
            return this == SUCCESS || this == FAILED;
        }
    }

    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    private Long id;

    @Column(nullable = false)
    private Long modelId;

    @Column(nullable = false)
    private LocalDateTime runDate;

    @Enumerated(EnumType.STRING)
    @Column(nullable = false)
    private Status runStatus;

    protected ModelRun() {
    }

    public ModelRun(RegisteredModel model) {
        this.modelId = model.getId();
        this.runDate = LocalDateTime.now();
        this.runStatus = Status.PENDING;
    }

    public Long getId() {
        return id;
    }

    public Status getRunStatus() {
        return runStatus;
    }

    @Override
    public String toString() {
        return "run " + id + " is " + runStatus;
    }
}
