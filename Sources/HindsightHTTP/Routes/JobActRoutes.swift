import AudienceJobs
import HTTPTypes
import HindsightApp
import HindsightCore

/// What managers do to a job, whoever has asked for it. None of it needs the notebook: whoever works on the log carries it out.
struct JobActRoutes {
    let live: LiveApplication

    func add(to routes: inout Routes) {
        routes.serve(.cancelJob, act(.reasoned) { .cancel(reason: $0 ?? "") })
        routes.serve(.retryJob, act(.maybeReasoned) { .retry(reason: $0) })
        routes.serve(.approveJob, act(.maybeReasoned) { .approve(reason: $0) })
        routes.serve(.rejectJob, act(.reasoned) { .reject(reason: $0 ?? "") })
    }

    private func act(
        _ schema: BodySchema, _ act: @escaping @Sendable (_ reason: String?) -> JobDesk.Act
    ) -> @Sendable (Call) async throws -> Answer {
        { call in
            _ = try call.query()
            guard let job = JobID(try call.parameter("id")) else { throw Problem.field("id", JobID.rule) }
            let body = try await call.json(schema)
            let wanted = act(body["reason"]?.stringValue)
            let trace = try IdempotentAct(call, body: body, log: live.log)
            let done = try await trace.perform {
                try await JobDesk(log: live.log, clock: live.application.clock, identities: trace.identities)
                    .perform(wanted, on: job, metadata: try trace.metadata())
            }
            guard let view = try await live.board.view(of: job, at: done.position) else {
                throw Problem.unknown("there is no job \(job)")
            }
            return try Answer.json(view, status: .accepted).with(.location, "/v1/audience/jobs/\(job)").at(done.position)
        }
    }
}

extension BodySchema {
    fileprivate static let reasoned = BodySchema(["reason": reason], required: ["reason"])
    fileprivate static let maybeReasoned = BodySchema(["reason": reason])
}
