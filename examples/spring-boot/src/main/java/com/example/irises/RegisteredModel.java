package com.example.irises;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/**
 * A row of models. Its name is that of the worker's class. The column pipeline is not mapped: nothing here reads it.
 */
@Entity
@Table(name = "models")
public class RegisteredModel {

    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    private Long id;

    @Column(nullable = false, unique = true)
    private String name;

    @Column(nullable = false)
    private String type;

    @Column(length = 1023)
    private String description;

    @Column(nullable = false, length = 511)
    private String className;

    private boolean featuresOk;

    /** The worker writes it: whether it has a class of that name. */
    private boolean pipelineOk;

    protected RegisteredModel() {
    }

    public RegisteredModel(String name, String type) {
        this.name = name;
        this.type = type;
        this.className = name;
        this.featuresOk = true;
    }

    public Long getId() {
        return id;
    }

    public String getName() {
        return name;
    }
}
