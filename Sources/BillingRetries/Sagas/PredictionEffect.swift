package import HindsightCore

// A question to a model is an effect like any other: intended before it is asked, with one outcome, and nothing lost by a crash.

extension PredictionRequested {
    /// The question as the predictor gets it; all of it is in the event.
    package var effect: Effect {
        var request: [String: JSONValue] = ["model": .string(model.hexadecimal), "question": question.json]
        if let shadow { request["shadow"] = .string(shadow.hexadecimal) }
        return Effect(PaymentSaga.predictEffect, key: "\(invoice):prediction:\(number)", request: .object(request))
    }
}

extension WindowQuestion {
    fileprivate var json: JSONValue {
        do {
            return try JSONValue(coding: self)
        } catch {
            preconditionFailure("a question holds instants, texts and whole numbers, which JSON can write: \(error)")
        }
    }
}

extension PredictionAnswers {
    /// As it stands in the engine's event.
    package func json() throws -> JSONValue {
        var members = ["answer": try JSONValue(coding: answer)]
        switch shadow {
        case .success(let answer): members["shadow"] = try JSONValue(coding: answer)
        case .failure(let failure): members["shadowFailure"] = failure.json
        case nil: break
        }
        return .object(members)
    }

    /// What ``json`` wrote.
    static func reading(_ json: JSONValue) -> Result<PredictionAnswers, PredictionFailure> {
        do {
            guard let answer = json["answer"] else { return .failure(PredictionFailure(.failed, "the answer is missing")) }
            var shadow: Result<PredictionAnswer, PredictionFailure>?
            if let answer = json["shadow"] { shadow = .success(try answer.coded(as: PredictionAnswer.self)) }
            if let failure = json["shadowFailure"] {
                shadow = .failure(PredictionFailure(failure, otherwise: "the shadow's failure cannot be read"))
            }
            return .success(PredictionAnswers(try answer.coded(as: PredictionAnswer.self), shadow: shadow))
        } catch {
            return .failure(PredictionFailure(.failed, "the answer cannot be read: \(error)"))
        }
    }
}

extension PredictionFailure {
    package var json: JSONValue { ["reason": .string(reason.rawValue), "account": .string(account)] }

    /// What ``json`` wrote; any other refusal is a failure of the predictor, in the words of `reason`.
    init(_ json: JSONValue, otherwise reason: String) {
        if let known = json["reason"]?.stringValue.flatMap(Reason.init), let account = json["account"]?.stringValue {
            self.init(known, account)
        } else {
            self.init(.failed, reason)
        }
    }
}

extension JSONValue {
    init(coding value: some Encodable) throws { self = try JSON.decode(JSONValue.self, from: JSON.encode(value)) }

    func coded<Value: Decodable>(as type: Value.Type) throws -> Value { try JSON.decode(type, from: JSON.encode(self)) }
}

/// The request of a prediction's effect, as the performer reads it.
package struct PredictionOrder: Sendable {
    package let model: ModelDigest
    package let shadow: ModelDigest?
    package let question: WindowQuestion

    /// - Throws: ``PredictionFailure`` for what no ``PredictionRequested/effect`` wrote.
    package init(_ request: JSONValue) throws(PredictionFailure) {
        guard let model = request["model"]?.stringValue.flatMap({ ModelDigest($0) }), let question = request["question"] else {
            throw PredictionFailure(.failed, "the request names no model or no question")
        }
        do {
            self.question = try question.coded(as: WindowQuestion.self)
        } catch {
            throw PredictionFailure(.failed, "the question cannot be read: \(error)")
        }
        self.model = model
        shadow = request["shadow"]?.stringValue.flatMap { ModelDigest($0) }
    }
}

extension Result {
    var success: Success? { if case .success(let value) = self { value } else { nil } }
    var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
}
