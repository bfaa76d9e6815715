package com.example.irises;

import java.util.Optional;
import org.springframework.data.jpa.repository.JpaRepository;

public interface RegisteredModelRepository extends JpaRepository<RegisteredModel, Long> {

    Optional<RegisteredModel> findByName(String name);
}
