package import HTTPTypes

/// One call of the API: its name in `openapi.yaml`, where it is, and who may make it.
package struct Endpoint: Sendable, Hashable {
    package enum Access: Sendable, Hashable {
        /// Without a token.
        case everyone
        /// With a token that has at least one of them.
        case roles(Set<Role>)
    }

    /// The `operationId` in the description.
    package let name: String
    package let method: HTTPRequest.Method
    /// With its parameters in braces: `/v1/streams/{stream}/events`.
    package let path: String
    package let access: Access

    private init(_ name: String, _ method: HTTPRequest.Method, _ path: String, _ access: Access) {
        (self.name, self.method, self.path, self.access) = (name, method, path, access)
    }

    private init(_ name: String, _ method: HTTPRequest.Method, _ path: String, _ roles: Role...) {
        self.init(name, method, path, .roles(Set(roles)))
    }
}

/// Every call of the API and who may make it, in one table: what is not here is not served.
extension Endpoint {
    // MARK: The server itself. Without a token, so that a load balancer and Prometheus need none; nothing in them is anybody's data.
    package static let health = Endpoint("getHealth", .get, "/healthz", .everyone)
    package static let readiness = Endpoint("getReadiness", .get, "/readyz", .everyone)
    package static let metrics = Endpoint("getMetrics", .get, "/metrics", .everyone)
    package static let description = Endpoint("getOpenAPI", .get, "/openapi.yaml", .everyone)
    package static let problem = Endpoint("getProblem", .get, "/problems/{slug}", .everyone)
    package static let setClock = Endpoint("setClock", .post, "/v1/clock", .operator)

    // MARK: The log
    package static let appendToStream = Endpoint("appendToStream", .post, "/v1/streams/{stream}/events", .appender)
    package static let append = Endpoint("append", .post, "/v1/append", .appender)
    package static let readStream = Endpoint("readStream", .get, "/v1/streams/{stream}/events", .appender, .auditor, .operator)
    package static let streamState = Endpoint("getStreamState", .get, "/v1/streams/{stream}/state", .appender, .auditor, .operator)
    package static let streamDiff = Endpoint("diffStream", .get, "/v1/streams/{stream}/diff", .appender, .auditor, .operator)
    package static let streamWhy = Endpoint("explainStream", .get, "/v1/streams/{stream}/why", .appender, .auditor, .operator)
    package static let streamBelief = Endpoint("getStreamBelief", .get, "/v1/streams/{stream}/believed", .appender, .auditor, .operator)
    package static let readEvents = Endpoint("readEvents", .get, "/v1/events", .appender, .auditor, .operator)
    package static let queryEvents = Endpoint("queryEvents", .post, "/v1/events/query", .appender, .auditor, .operator)
    package static let log = Endpoint("getLog", .get, "/v1/log", .appender, .auditor, .operator)
    package static let position = Endpoint("getPosition", .get, "/v1/log/position", .appender, .auditor, .operator)
    package static let verify = Endpoint("verifyLog", .get, "/v1/log/verify", .auditor, .operator)
    package static let attest = Endpoint("attestLog", .post, "/v1/log/attestations", .auditor, .operator)
    package static let export = Endpoint("exportLog", .get, "/v1/log/export", .auditor)

    // MARK: Projections and sagas
    package static let projections = Endpoint("listProjections", .get, "/v1/projections", .auditor, .operator)
    package static let projection = Endpoint("getProjection", .get, "/v1/projections/{name}", .auditor, .operator)
    package static let rows = Endpoint("listRows", .get, "/v1/projections/{name}/rows", .auditor, .operator)
    package static let row = Endpoint("getRow", .get, "/v1/projections/{name}/rows/{key}", .auditor, .operator)
    package static let rowDiff = Endpoint("diffRow", .get, "/v1/projections/{name}/rows/{key}/diff", .auditor, .operator)
    package static let rowWhy = Endpoint("explainRow", .get, "/v1/projections/{name}/rows/{key}/why", .auditor, .operator)
    package static let digest = Endpoint("getProjectionDigest", .get, "/v1/projections/{name}/digest", .auditor, .operator)
    package static let rebuild = Endpoint("rebuildProjection", .post, "/v1/projections/{name}/rebuild", .operator)
    package static let verifyProjection = Endpoint("verifyProjection", .post, "/v1/projections/{name}/verify", .operator)
    package static let cancelRebuild = Endpoint("cancelRebuild", .post, "/v1/projections/{name}/cancel", .operator)
    package static let rollBackProjection = Endpoint("rollBackProjection", .post, "/v1/projections/{name}/rollback", .operator)
    package static let resumeProjection = Endpoint("resumeProjection", .post, "/v1/projections/{name}/resume", .operator)
    package static let sagas = Endpoint("listSagas", .get, "/v1/sagas", .auditor, .operator)
    package static let saga = Endpoint("getSaga", .get, "/v1/sagas/{id}", .auditor, .operator)
    package static let verifySaga = Endpoint("verifySaga", .get, "/v1/sagas/{id}/verify", .auditor, .operator)
    package static let whatIfSaga = Endpoint("compareSaga", .get, "/v1/sagas/{id}/what-if", .auditor, .operator)
    package static let retrySaga = Endpoint("retrySaga", .post, "/v1/sagas/{id}/retry", .operator)
    package static let skipSaga = Endpoint("skipSaga", .post, "/v1/sagas/{id}/skip", .operator)
    package static let cancelSaga = Endpoint("cancelSaga", .post, "/v1/sagas/{id}/cancel", .operator)
    package static let pauseSaga = Endpoint("pauseSaga", .post, "/v1/sagas/{id}/pause", .operator)
    package static let resumeSaga = Endpoint("resumeSaga", .post, "/v1/sagas/{id}/resume", .operator)
    package static let resolveSaga = Endpoint("resolveSaga", .post, "/v1/sagas/{id}/resolve", .operator)
    package static let signalSaga = Endpoint("signalSaga", .post, "/v1/sagas/{id}/signal", .appender, .operator)

    // MARK: Audience jobs
    package static let templates = Endpoint("listTemplates", .get, "/v1/audience/templates", .manager, .auditor)
    package static let templateVersions = Endpoint(
        "listTemplateVersions", .get, "/v1/audience/templates/{name}/versions", .manager, .auditor, .operator)
    package static let rollBackTemplate = Endpoint(
        "rollBackTemplate", .post, "/v1/audience/templates/{name}/rollback", .manager, .operator)
    package static let requestJob = Endpoint("requestJob", .post, "/v1/audience/jobs", .manager)
    package static let jobs = Endpoint("listJobs", .get, "/v1/audience/jobs", .manager, .auditor, .operator)
    package static let job = Endpoint("getJob", .get, "/v1/audience/jobs/{id}", .manager, .auditor, .operator)
    package static let artifact = Endpoint("getArtifact", .get, "/v1/audience/jobs/{id}/artifact", .manager)
    package static let cancelJob = Endpoint("cancelJob", .post, "/v1/audience/jobs/{id}/cancel", .manager)
    package static let retryJob = Endpoint("retryJob", .post, "/v1/audience/jobs/{id}/retry", .manager)
    package static let approveJob = Endpoint("approveJob", .post, "/v1/audience/jobs/{id}/approve", .manager)
    package static let rejectJob = Endpoint("rejectJob", .post, "/v1/audience/jobs/{id}/reject", .manager)
    package static let declareOffer = Endpoint("declareOffer", .put, "/v1/audience/offers/{id}", .manager)
    package static let offer = Endpoint("getOffer", .get, "/v1/audience/offers/{id}", .manager, .auditor)
    package static let attachAudience = Endpoint("attachAudience", .post, "/v1/audience/offers/{id}/audiences", .manager)
    package static let changePrecedence = Endpoint("changePrecedence", .put, "/v1/audience/offers/{id}/precedence", .manager)
    package static let assignment = Endpoint("getAssignment", .get, "/v1/audience/offers/{id}/assignment", .manager)
    package static let statistics = Endpoint("getAudienceStatistics", .get, "/v1/audience/statistics", .manager, .auditor)
    package static let inbox = Endpoint("listNotices", .get, "/v1/inbox", .manager, .auditor)

    // MARK: Customer MDM
    package static let putCard = Endpoint("putCard", .put, "/v1/mdm/cards/{source}/{id}", .appender, .steward)
    package static let dropCard = Endpoint("dropCard", .delete, "/v1/mdm/cards/{source}/{id}", .appender, .steward)
    package static let card = Endpoint("getCard", .get, "/v1/mdm/cards/{source}/{id}", .appender, .steward, .auditor)
    package static let ingestCards = Endpoint("ingestCards", .post, "/v1/mdm/cards", .appender, .steward)
    package static let closePastValue = Endpoint(
        "closePastValue", .post, "/v1/mdm/cards/{source}/{id}/past-values/close", .steward)
    package static let goldenOfCard = Endpoint("findGoldenByCard", .get, "/v1/mdm/golden", .appender, .steward, .auditor)
    package static let golden = Endpoint("getGolden", .get, "/v1/mdm/golden/{hid}", .appender, .steward, .auditor)
    package static let searchGolden = Endpoint("searchGolden", .post, "/v1/mdm/golden/search", .steward, .auditor)
    package static let goldenHistory = Endpoint("getGoldenHistory", .get, "/v1/mdm/golden/{hid}/history", .steward, .auditor)
    package static let goldenGraph = Endpoint("getGoldenGraph", .get, "/v1/mdm/golden/{hid}/graph", .steward, .auditor)
    package static let whyPair = Endpoint("explainPair", .get, "/v1/mdm/why", .steward, .auditor)
    package static let whyGolden = Endpoint("explainGolden", .get, "/v1/mdm/golden/{hid}/why", .steward, .auditor)
    package static let unmerge = Endpoint("unmergeGolden", .post, "/v1/mdm/golden/{hid}/unmerge", .steward)
    package static let rollback = Endpoint("rollBackGolden", .post, "/v1/mdm/golden/{hid}/rollback", .steward)
    package static let separations = Endpoint("listSeparations", .get, "/v1/mdm/separations", .steward, .auditor)
    package static let closeSeparation = Endpoint("closeSeparation", .post, "/v1/mdm/separations/{id}/close", .steward)
    package static let reviews = Endpoint("listReviews", .get, "/v1/mdm/reviews", .steward, .auditor)
    package static let review = Endpoint("getReview", .get, "/v1/mdm/reviews/{id}", .steward, .auditor)
    package static let confirm = Endpoint("confirmReview", .post, "/v1/mdm/reviews/{id}/confirm", .steward)
    package static let reject = Endpoint("rejectReview", .post, "/v1/mdm/reviews/{id}/reject", .steward)
    package static let acceptChange = Endpoint("acceptChange", .post, "/v1/mdm/reviews/{id}/accept-change", .steward)
    package static let refuseChange = Endpoint("refuseChange", .post, "/v1/mdm/reviews/{id}/refuse-change", .steward)
    package static let mergeRun = Endpoint("startMergeRun", .post, "/v1/mdm/merge-runs", .steward)
    package static let pastValueRun = Endpoint("startPastValueRun", .post, "/v1/mdm/past-value-runs", .steward)
    package static let clusters = Endpoint("listClusters", .get, "/v1/mdm/clusters", .steward, .auditor)

    // MARK: Billing
    package static let putSubscription = Endpoint("putSubscription", .put, "/v1/billing/subscriptions/{id}", .appender, .billing)
    package static let subscription = Endpoint("getSubscription", .get, "/v1/billing/subscriptions/{id}", .appender, .billing, .auditor)
    package static let cancelSubscription = Endpoint(
        "cancelSubscription", .post, "/v1/billing/subscriptions/{id}/cancel", .appender, .billing)
    package static let putMethod = Endpoint("putPaymentMethod", .put, "/v1/billing/methods/{id}", .appender, .billing)
    package static let invoices = Endpoint("listInvoices", .get, "/v1/billing/invoices", .billing, .auditor)
    package static let invoice = Endpoint("getInvoice", .get, "/v1/billing/invoices/{id}", .billing, .auditor)
    package static let paidElsewhere = Endpoint(
        "recordPaymentElsewhere", .post, "/v1/billing/invoices/{id}/paid-elsewhere", .appender, .billing)
    package static let predict = Endpoint("predict", .post, "/v1/billing/predict", .appender, .billing)
    package static let signals = Endpoint("recordSignals", .post, "/v1/billing/signals", .appender, .billing)
    package static let webhook = Endpoint("takeGatewayWebhook", .post, "/v1/billing/webhooks/{gateway}", .everyone)
    package static let models = Endpoint("listModels", .get, "/v1/billing/models", .billing, .auditor)
    package static let actOnModels = Endpoint("actOnModels", .post, "/v1/billing/models", .billing)
    package static let policies = Endpoint("listPolicies", .get, "/v1/billing/policies", .billing, .auditor)
    package static let putPolicy = Endpoint("putPolicy", .put, "/v1/billing/policies/{name}", .billing)
    package static let policyVersions = Endpoint(
        "listPolicyVersions", .get, "/v1/billing/policies/{name}/versions", .billing, .auditor)
    package static let rollBackPolicy = Endpoint("rollBackPolicy", .post, "/v1/billing/policies/{name}/rollback", .billing)
    package static let experiments = Endpoint("listExperiments", .get, "/v1/billing/experiments", .billing, .auditor)
    package static let putExperiment = Endpoint("putExperiment", .put, "/v1/billing/experiments/{name}", .billing)
    package static let billingMetrics = Endpoint("getBillingMetrics", .get, "/v1/billing/metrics", .billing, .auditor)
    package static let billingAlerts = Endpoint("getBillingAlerts", .get, "/v1/billing/alerts", .billing, .auditor)

    package static let all: [Endpoint] = [
        health, readiness, metrics, description, problem, setClock,
        appendToStream, append, readStream, streamState, streamDiff, streamWhy, streamBelief, readEvents, queryEvents, log, position,
        verify, attest, export,
        projections, projection, rows, row, rowDiff, rowWhy, digest, rebuild, verifyProjection,
        cancelRebuild, rollBackProjection, resumeProjection, sagas, saga, verifySaga, whatIfSaga, retrySaga, skipSaga, cancelSaga,
        pauseSaga, resumeSaga,
        resolveSaga, signalSaga,
        templates, templateVersions, rollBackTemplate, requestJob, jobs, job, artifact, cancelJob, retryJob, approveJob,
        rejectJob, declareOffer, offer, attachAudience, changePrecedence, assignment, statistics, inbox,
        putCard, dropCard, card, ingestCards, closePastValue, goldenOfCard, golden, searchGolden, goldenHistory, goldenGraph, whyPair,
        whyGolden, unmerge, rollback, separations, closeSeparation, reviews, review, confirm, reject, acceptChange, refuseChange, mergeRun,
        pastValueRun, clusters,
        putSubscription, subscription, cancelSubscription, putMethod, invoices, invoice, paidElsewhere, policies, putPolicy,
        policyVersions, rollBackPolicy, signals, webhook, predict, models, actOnModels, experiments, putExperiment, billingMetrics,
        billingAlerts,
    ]
}
