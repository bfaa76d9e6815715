package com.example.irises;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

@SpringBootApplication
public class IrisesApplication {

    public static void main(String[] args) {
        SpringApplication.run(IrisesApplication.class, args);
    }
}
