package com.example.irises;

import org.springframework.data.jpa.repository.JpaRepository;

public interface ModelRunRepository extends JpaRepository<ModelRun, Long> {
}
