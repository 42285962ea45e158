package import HTTPTypes

/// One call of the API: its name in `openapi.yaml`, where it is, and who may make it.
package struct Operation: Sendable, Hashable {
    package enum Access: Sendable, Hashable {
        /// Without a token.
        case everyone
        /// With a token that has at least one of them.
        case roles(Set<Role>)
    }

    /// The `operationId`.
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
extension Operation {
    // MARK: The server itself. Without a token, so that a load balancer and Prometheus need none; nothing in them is anybody's data.
    package static let health = Operation("getHealth", .get, "/healthz", .everyone)
    package static let readiness = Operation("getReadiness", .get, "/readyz", .everyone)
    package static let metrics = Operation("getMetrics", .get, "/metrics", .everyone)
    package static let description = Operation("getOpenAPI", .get, "/openapi.yaml", .everyone)
    package static let problem = Operation("getProblem", .get, "/problems/{slug}", .everyone)
    package static let setClock = Operation("setClock", .post, "/v1/clock", .operator)

    // MARK: The log
    package static let appendToStream = Operation("appendToStream", .post, "/v1/streams/{stream}/events", .appender)
    package static let append = Operation("append", .post, "/v1/append", .appender)
    package static let readStream = Operation("readStream", .get, "/v1/streams/{stream}/events", .appender, .auditor, .operator)
    package static let streamState = Operation("getStreamState", .get, "/v1/streams/{stream}/state", .appender, .auditor, .operator)
    package static let readEvents = Operation("readEvents", .get, "/v1/events", .appender, .auditor, .operator)
    package static let queryEvents = Operation("queryEvents", .post, "/v1/events/query", .appender, .auditor, .operator)
    package static let log = Operation("getLog", .get, "/v1/log", .appender, .auditor, .operator)
    package static let position = Operation("getPosition", .get, "/v1/log/position", .appender, .auditor, .operator)
    package static let verify = Operation("verifyLog", .get, "/v1/log/verify", .auditor, .operator)
    package static let attest = Operation("attestLog", .post, "/v1/log/attestations", .auditor, .operator)
    package static let export = Operation("exportLog", .get, "/v1/log/export", .auditor)

    // MARK: Projections and sagas
    package static let projections = Operation("listProjections", .get, "/v1/projections", .auditor, .operator)
    package static let projection = Operation("getProjection", .get, "/v1/projections/{name}", .auditor, .operator)
    package static let rows = Operation("listRows", .get, "/v1/projections/{name}/rows", .auditor, .operator)
    package static let row = Operation("getRow", .get, "/v1/projections/{name}/rows/{key}", .auditor, .operator)
    package static let rowDiff = Operation("diffRow", .get, "/v1/projections/{name}/rows/{key}/diff", .auditor, .operator)
    package static let rowWhy = Operation("explainRow", .get, "/v1/projections/{name}/rows/{key}/why", .auditor, .operator)
    package static let digest = Operation("getProjectionDigest", .get, "/v1/projections/{name}/digest", .auditor, .operator)
    package static let rebuild = Operation("rebuildProjection", .post, "/v1/projections/{name}/rebuild", .operator)
    package static let sagas = Operation("listSagas", .get, "/v1/sagas", .auditor, .operator)
    package static let saga = Operation("getSaga", .get, "/v1/sagas/{id}", .auditor, .operator)

    // MARK: Audience jobs
    package static let templates = Operation("listTemplates", .get, "/v1/audience/templates", .manager, .auditor)
    package static let requestJob = Operation("requestJob", .post, "/v1/audience/jobs", .manager)
    package static let jobs = Operation("listJobs", .get, "/v1/audience/jobs", .manager, .auditor, .operator)
    package static let job = Operation("getJob", .get, "/v1/audience/jobs/{id}", .manager, .auditor, .operator)
    package static let artifact = Operation("getArtifact", .get, "/v1/audience/jobs/{id}/artifact", .manager)
    package static let declareOffer = Operation("declareOffer", .put, "/v1/audience/offers/{id}", .manager)
    package static let offer = Operation("getOffer", .get, "/v1/audience/offers/{id}", .manager, .auditor)
    package static let attachAudience = Operation("attachAudience", .post, "/v1/audience/offers/{id}/audiences", .manager)
    package static let statistics = Operation("getAudienceStatistics", .get, "/v1/audience/statistics", .manager, .auditor)
    package static let inbox = Operation("listNotices", .get, "/v1/inbox", .manager, .auditor)

    // MARK: Customer MDM
    package static let putCard = Operation("putCard", .put, "/v1/mdm/cards/{source}/{id}", .appender, .steward)
    package static let dropCard = Operation("dropCard", .delete, "/v1/mdm/cards/{source}/{id}", .appender, .steward)
    package static let card = Operation("getCard", .get, "/v1/mdm/cards/{source}/{id}", .appender, .steward, .auditor)
    package static let ingestCards = Operation("ingestCards", .post, "/v1/mdm/cards", .appender, .steward)
    package static let closePastValue = Operation(
        "closePastValue", .post, "/v1/mdm/cards/{source}/{id}/past-values/close", .steward)
    package static let goldenOfCard = Operation("findGoldenByCard", .get, "/v1/mdm/golden", .appender, .steward, .auditor)
    package static let golden = Operation("getGolden", .get, "/v1/mdm/golden/{hid}", .appender, .steward, .auditor)
    package static let whyPair = Operation("explainPair", .get, "/v1/mdm/why", .steward, .auditor)
    package static let unmerge = Operation("unmergeGolden", .post, "/v1/mdm/golden/{hid}/unmerge", .steward)
    package static let rollback = Operation("rollBackGolden", .post, "/v1/mdm/golden/{hid}/rollback", .steward)
    package static let separations = Operation("listSeparations", .get, "/v1/mdm/separations", .steward, .auditor)
    package static let closeSeparation = Operation("closeSeparation", .post, "/v1/mdm/separations/{id}/close", .steward)
    package static let reviews = Operation("listReviews", .get, "/v1/mdm/reviews", .steward, .auditor)
    package static let confirm = Operation("confirmReview", .post, "/v1/mdm/reviews/{id}/confirm", .steward)
    package static let reject = Operation("rejectReview", .post, "/v1/mdm/reviews/{id}/reject", .steward)
    package static let acceptChange = Operation("acceptChange", .post, "/v1/mdm/reviews/{id}/accept-change", .steward)
    package static let refuseChange = Operation("refuseChange", .post, "/v1/mdm/reviews/{id}/refuse-change", .steward)
    package static let mergeRun = Operation("startMergeRun", .post, "/v1/mdm/merge-runs", .steward)
    package static let pastValueRun = Operation("startPastValueRun", .post, "/v1/mdm/past-value-runs", .steward)
    package static let clusters = Operation("listClusters", .get, "/v1/mdm/clusters", .steward, .auditor)

    // MARK: Billing
    package static let putSubscription = Operation("putSubscription", .put, "/v1/billing/subscriptions/{id}", .appender, .billing)
    package static let subscription = Operation("getSubscription", .get, "/v1/billing/subscriptions/{id}", .appender, .billing, .auditor)
    package static let cancelSubscription = Operation(
        "cancelSubscription", .post, "/v1/billing/subscriptions/{id}/cancel", .appender, .billing)
    package static let putMethod = Operation("putPaymentMethod", .put, "/v1/billing/methods/{id}", .appender, .billing)
    package static let invoices = Operation("listInvoices", .get, "/v1/billing/invoices", .billing, .auditor)
    package static let invoice = Operation("getInvoice", .get, "/v1/billing/invoices/{id}", .billing, .auditor)
    package static let paidElsewhere = Operation(
        "recordPaymentElsewhere", .post, "/v1/billing/invoices/{id}/paid-elsewhere", .appender, .billing)
    package static let policies = Operation("listPolicies", .get, "/v1/billing/policies", .billing, .auditor)
    package static let putPolicy = Operation("putPolicy", .put, "/v1/billing/policies/{name}", .billing)
    package static let experiments = Operation("listExperiments", .get, "/v1/billing/experiments", .billing, .auditor)
    package static let putExperiment = Operation("putExperiment", .put, "/v1/billing/experiments/{name}", .billing)
    package static let billingMetrics = Operation("getBillingMetrics", .get, "/v1/billing/metrics", .billing, .auditor)

    package static let all: [Operation] = [
        health, readiness, metrics, description, problem, setClock,
        appendToStream, append, readStream, streamState, readEvents, queryEvents, log, position, verify, attest, export,
        projections, projection, rows, row, rowDiff, rowWhy, digest, rebuild, sagas, saga,
        templates, requestJob, jobs, job, artifact, declareOffer, offer, attachAudience, statistics, inbox,
        putCard, dropCard, card, ingestCards, closePastValue, goldenOfCard, golden, whyPair, unmerge, rollback, separations,
        closeSeparation, reviews, confirm, reject, acceptChange, refuseChange, mergeRun, pastValueRun, clusters,
        putSubscription, subscription, cancelSubscription, putMethod, invoices, invoice, paidElsewhere, policies, putPolicy, experiments,
        putExperiment, billingMetrics,
    ]
}
