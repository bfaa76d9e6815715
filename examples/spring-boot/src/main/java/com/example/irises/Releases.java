package com.example.irises;

import com.example.irises.worker.ApiClient;
import com.example.irises.worker.api.DeploymentsApi;
import com.example.irises.worker.api.PredictionApi;
import com.example.irises.worker.api.ProjectsApi;
import com.example.irises.worker.model.CreateProject;
import com.example.irises.worker.model.DecideReview;
import com.example.irises.worker.model.DecideReview.DecisionEnum;
import com.example.irises.worker.model.Deploy;
import com.example.irises.worker.model.DeployedPrediction;
import com.example.irises.worker.model.Deployment;
import com.example.irises.worker.model.DeploymentStory;
import com.example.irises.worker.model.KeptDataset;
import com.example.irises.worker.model.PredictionRequest;
import com.example.irises.worker.model.Project;
import com.example.irises.worker.model.ReviewOutcome;
import com.example.irises.worker.model.Rollback;
import com.example.irises.worker.model.TrainVersion;
import com.example.irises.worker.model.VersionTraining;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Service;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;

/**
 * Versions of a project, from a file to the one that answers, and back. The worker keeps all of it: nothing here is in the
 * application's tables. What it refuses is a WorkerException.
 */
@Service
public class Releases {

    private static final String ENVIRONMENT = "production";
    private static final Set<String> ON_THEIR_WAY = Set.of("pending", "deploying");

    private final ApiClient client;
    private final ProjectsApi projects;
    private final ProjectsApi reviewerProjects;
    private final DeploymentsApi deployments;
    private final PredictionApi predictions;

    Releases(ApiClient workerClient, ProjectsApi projects,
            @Qualifier("reviewerProjectsApi") ProjectsApi reviewerProjects, DeploymentsApi deployments,
            PredictionApi predictions) {
        this.client = workerClient;
        this.projects = projects;
        this.reviewerProjects = reviewerProjects;
        this.deployments = deployments;
        this.predictions = predictions;
    }

    /** Keeps a CSV file as the next data set of a name. The generated createDataset sends rows as JSON. */
    public KeptDataset upload(String name, String labels, Path csv) throws IOException {
        MultiValueMap<String, String> query = new LinkedMultiValueMap<>();
        query.add("name", name);
        query.add("labels", labels);
        HttpHeaders headers = new HttpHeaders();
        headers.set("Idempotency-Key", newKey());
        ParameterizedTypeReference<KeptDataset> kept = new ParameterizedTypeReference<>() {
        };
        return client.invokeAPI("/api/datasets", HttpMethod.POST, Map.of(), query, Files.readAllBytes(csv), headers,
                new LinkedMultiValueMap<>(), new LinkedMultiValueMap<>(), List.of(MediaType.APPLICATION_JSON),
                MediaType.valueOf("text/csv"), new String[0], kept).body(kept);
    }

    /** Makes a project, or gives the one that has its name already. */
    public Project project(CreateProject request) {
        try {
            return projects.createProject(request);
        } catch (WorkerException e) {
            if (!e.code().equals("PROJECT_EXISTS")) {
                throw e;
            }
            return projects.getProject(request.getName());
        }
    }

    /** Trains a version and waits for its number. Throws IllegalStateException where it fails, or takes too long. */
    public int train(String project, TrainVersion request, Duration limit) throws InterruptedException {
        long run = projects.trainVersion(project, request, newKey()).getModelRunId();
        VersionTraining end = Polling.until(training -> !training.getState().equals("training"),
                () -> trainingOf(project, run), limit);
        if (end.getVersion() == null) {
            throw new IllegalStateException("run " + run + " became no version: " + end.getReason());
        }
        return end.getVersion();
    }

    private VersionTraining trainingOf(String project, long run) {
        // Trainings are listed by their runs, the newest first, from before a given one.
        return projects.listVersionTrainings(project, 1, run + 1).getTrainings().get(0);
    }

    public ReviewOutcome requestReview(String project, int version, String note) {
        return projects.reviewVersion(project, version,
                new DecideReview().decision(DecisionEnum.REQUESTED).note(note));
    }

    /** By another person: who asked for a version, or for its review, does not approve it. */
    public ReviewOutcome approve(String project, int version, String note) {
        return reviewerProjects.reviewVersion(project, version,
                new DecideReview().decision(DecisionEnum.APPROVED).note(note));
    }

    /** Waits until the version answers. Throws IllegalStateException where it does not come to that. */
    public DeploymentStory deploy(String project, int version, Duration limit) throws InterruptedException {
        Deployment asked = deployments.deployVersion(project, ENVIRONMENT, new Deploy().version(version), newKey());
        return awaitActive(asked, limit);
    }

    /** Brings back what answered before, and waits until it does. */
    public DeploymentStory rollBack(String project, String note, Duration limit) throws InterruptedException {
        Deployment asked = deployments.rollBackDeployment(project, ENVIRONMENT, new Rollback().note(note), newKey());
        return awaitActive(asked, limit);
    }

    private DeploymentStory awaitActive(Deployment asked, Duration limit) throws InterruptedException {
        DeploymentStory end = Polling.until(deployment -> !ON_THEIR_WAY.contains(deployment.getStatus()),
                () -> deployments.getDeployment(asked.getProject(), ENVIRONMENT, asked.getId()), limit);
        if (!end.getStatus().equals("active")) {
            throw new IllegalStateException(
                    "deployment " + end.getId() + " is " + end.getStatus() + ": " + end.getReason());
        }
        return end;
    }

    /** Predicts with the version that answers now. */
    public DeployedPrediction predict(String project, List<Map<String, Object>> rows) {
        return predictions.predictByProject(project, new PredictionRequest().features(rows), ENVIRONMENT, null, true, null,
                null, null, null, null, null, null, null);
    }

    /** With it a call whose answer got lost is sent again without doing it twice. */
    private static String newKey() {
        return UUID.randomUUID().toString();
    }
}
