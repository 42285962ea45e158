import AudienceJobs
import HindsightCore
import HindsightTesting
import Testing

@Suite("The delivery of a notice") struct NoticeDeliveryTests {
    private typealias Input = SagaInput<JobEvent>
    private typealias Reaction = HindsightCore.Reaction<Job.Command>

    private func notice(_ channel: String, _ recipient: String? = "anna") -> NoticePosted {
        NoticePosted(
            job: Facts.job, notice: "\(Facts.job):finished:2", channel: channel, recipient: recipient, status: .finished, subject: "s",
            text: "t", at: Facts.now)
    }

    /// What the saga does at each of the inputs.
    private func reactions(to inputs: [Input]) -> [[Reaction]] {
        var state = NoticeDelivery.initialState(of: "")
        return inputs.map { input in
            NoticeDelivery.evolve(&state, with: input)
            return NoticeDelivery.react(to: input, in: state)
        }
    }

    private static let effect = EffectReference(kind: NoticeDelivery.effect, key: "\(Facts.job):finished:2")

    private func refusal(isForNow: Bool, retryAfter: Int64? = nil) -> Input {
        var result: JSONValue = ["isForNow": .bool(isForNow), "reply": "451"]
        if let retryAfter, case .object(var members) = result {
            members["retryAfterSeconds"] = .integer(retryAfter)
            result = .object(members)
        }
        return .rejected(Self.effect, reason: "busy", result: result, at: Facts.now)
    }

    private func fired() -> Input { .fired(timer: "again", due: Facts.now, at: Facts.now) }

    @Test("is one effect under the notice's own id, with names and no address") func effect() throws {
        let posted = reactions(to: [.event(.noticePosted(notice("mail")), stream: Facts.job.stream)])[0]
        guard case .perform(let effect)? = posted.first else { throw Unexpected() }
        #expect(posted.count == 1 && effect.key == "\(Facts.job):finished:2")
        #expect(effect.request["recipient"] == "anna" && effect.request["channel"] == "mail")
    }

    private struct Unexpected: Error {}

    @Test("ends with what a person says of it, who need not know the channel's reply") func resolved() throws {
        let intent = EffectIntent(
            saga: NoticeDelivery.name, instance: Self.effect.key, kind: NoticeDelivery.effect, key: Self.effect.key, attempt: 1,
            request: [:], deadline: Facts.now)
        let result = try NoticeDelivery.result(of: intent, resolvedAs: .succeeded, given: [:], reason: "she has it")
        let posted = Input.event(.noticePosted(notice("mail")), stream: Facts.job.stream)
        guard
            case .command(.recordDelivery(let delivered))? = reactions(to: [
                posted, .succeeded(Self.effect, result: result, at: Facts.now),
            ])[1].first
        else { throw Unexpected() }
        #expect(delivered.reply == nil)
        let no = try NoticeDelivery.result(of: intent, resolvedAs: .rejected, given: ["reply": "550"], reason: "no such box")
        guard
            case .command(.recordUndeliverable(let end))? = reactions(to: [
                posted, .rejected(Self.effect, reason: "no such box", result: no, at: Facts.now),
            ])[1].first
        else { throw Unexpected() }
        #expect(end.reply == "550" && end.reason == "no such box")
        #expect(throws: UnusableResult.self) {
            try NoticeDelivery.result(of: intent, resolvedAs: .rejected, given: ["reply": 550], reason: "no such box")
        }
    }

    @Test("is no business of the inbox") func inbox() {
        #expect(NoticeDelivery.instances(for: .noticePosted(notice("inbox")), in: Facts.job.stream) == [])
        #expect(NoticeDelivery.instances(for: .noticePosted(notice("mail")), in: Facts.job.stream) == ["\(Facts.job):finished:2"])
    }

    @Test("goes on later and later, by what the peer asks for, and is given up after eight tries") func retries() throws {
        var inputs: [Input] = [.event(.noticePosted(notice("mail")), stream: Facts.job.stream)]
        for _ in 0..<7 { inputs += [refusal(isForNow: true), fired()] }
        inputs.append(refusal(isForNow: true))
        var waits: [Duration] = []
        let all = reactions(to: inputs)
        for reactions in all { if case .schedule(_, let due)? = reactions.first { waits.append(due.since(Facts.now)) } }
        #expect(waits == [.seconds(60), .seconds(300), .seconds(900), .hours(1), .hours(4), .hours(12), .hours(24)])
        #expect(all.count { if case .perform? = $0.first { true } else { false } } == 8)
        guard case .command(.recordUndeliverable(let end))? = all.last?.first else { throw Unexpected() }
        #expect(end.attempts == 8 && end.reason == "busy" && end.reply == "451")
        #expect(all.last?.last == nil || all.last?.count == 2)
        let asked = reactions(to: [inputs[0], refusal(isForNow: true, retryAfter: 3_000)])[1]
        guard case .schedule(_, let due)? = asked.first else { throw Unexpected() }
        #expect(due.since(Facts.now) == .seconds(3_000))
    }

    @Test("ends at once where the peer refuses for ever") func refused() throws {
        let end = reactions(to: [.event(.noticePosted(notice("mail")), stream: Facts.job.stream), refusal(isForNow: false)])[1]
        guard case .command(.recordUndeliverable(let record))? = end.first else { throw Unexpected() }
        #expect(record.attempts == 1 && end.count == 2)
    }

    @Test("counts the try whose answer was lost") func lostAnswer() throws {
        let end = reactions(to: [
            .event(.noticePosted(notice("webhook")), stream: Facts.job.stream),
            .indeterminate(Self.effect, reason: "lost", at: Facts.now),
            .succeeded(Self.effect, result: ["isForNow": false, "reply": "204"], at: Facts.now),
        ])[2]
        guard case .command(.recordDelivery(let record))? = end.first else { throw Unexpected() }
        #expect(record.attempts == 2 && record.reply == "204" && record.channel == "webhook")
    }

    @Test("is recorded once, and nothing else can be said of the notice afterwards") func once() async throws {
        let over =
            try await Facts.running() + [.paragraphFailed(Facts.failed(step: 0, .noteMissing))]
            + [.failed(JobFailed(job: Facts.job, cause: .noteMissing, reason: "", at: Facts.now))]
        let posted = notice("mail")
        let sent = reactions(to: [
            .event(.noticePosted(posted), stream: Facts.job.stream),
            .succeeded(Self.effect, result: ["isForNow": false], at: Facts.now),
        ])[1]
        guard case .command(let record)? = sent.first, case .recordDelivery(let delivered) = record else { throw Unexpected() }
        try Scenario(Job.self).given(over + [.noticePosted(posted)]).when(record).then(.noticeDelivered(delivered))
        try Scenario(Job.self).given(over + [.noticePosted(posted), .noticeDelivered(delivered)]).when(record).then()
        try Scenario(Job.self).given(over).when(record).thenRejected(.outOfOrder(.failed))
        try Scenario(Job.self).given(over + [.noticePosted(posted)]).when(.post(posted)).then()
    }

    @Test("shows nothing of a recipient in a webhook's body but what the body is for") func webhookBody() throws {
        let body = try JSON.decode(JSONValue.self, from: NoticeRequest(notice("webhook")).webhookBody)
        #expect(
            body == [
                "notice": .string("\(Facts.job):finished:2"), "job": .string(Facts.job.description), "status": "finished", "subject": "s",
                "text": "t", "at": .string(Facts.now.description),
            ])
    }

    @Test("takes names of the configuration alone", arguments: ["mail:boris", "webhook:anna", "mail:crm"]) func unknownNames(target: String)
    {
        let channels = NoticeChannels(webhooks: ["crm"], mailRecipients: ["anna"])
        #expect(channels.problems(in: ["inbox", "inbox:boris", "mail:anna", "webhook:crm"]).isEmpty)
        #expect(channels.problems(in: ["inbox", target]).map(\.pointer) == ["/notify/1"])
    }

    @Test(
        "never takes an address: it would stand in the log for ever",
        arguments: ["mail:anna@example.com", "mail:", "mail", "webhook:https://x", "sms:1"])
    func addresses(target: String) async throws {
        var form = Facts.form.objectValue ?? [:]
        form["notify"] = [.string(target)]
        do {
            _ = try await Facts.request(.object(form))
            Issue.record("the form was accepted")
        } catch let problems as FormProblems {
            #expect(problems.violations.map(\.pointer) == ["/notify/0"])
        }
    }
}
